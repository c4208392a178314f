package keryx_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
)

// mistake is something that authors of apps do, and what they see then.
type mistake struct {
	did string // in the words of a page
	see func(t *testing.T) string
}

// registers is a mistake in the registration of parts of an app.
func registers(did string, register func(api *keryx.API)) mistake {
	return mistake{did, func(t *testing.T) string {
		api := keryx.New(options())
		return panicOf(func() { register(api) })
	}}
}

// takes is a mistake in the input of an action.
func takes[In any](did string, a keryx.Action) mistake {
	return registers(did, func(api *keryx.API) {
		keryx.Handle(api, a, func(context.Context, In) (string, error) { return "", nil })
	})
}

// starts is a mistake in the environment of a process.
func starts(did string, env ...string) mistake {
	return mistake{did, func(t *testing.T) string {
		return fails(t, atShop(env...), "start")
	}}
}

// fails runs an app with arguments, and returns the line that it ends with.
func fails(t *testing.T, o keryx.Options, args ...string) string {
	t.Helper()
	var out strings.Builder
	o.Stdout, o.Stderr, o.DotEnv = &out, &out, "-"
	o.Environ = append([]string{"LOG_FORMAT=text", "LOG_COLORIZE=false", "LOG_INCLUDE_TIMESTAMPS=false", "LOG_LEVEL=error"}, o.Environ...)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	message := panicOf(func() {
		api := keryx.New(o)
		keryx.Handle(api, keryx.Action{Name: "order:show", Description: "Show an order", Web: keryx.GET("/order/{id}")},
			func(context.Context, struct {
				ID int `json:"id"`
			}) (string, error) {
				return "", nil
			})
		if code := api.Run(ctx, args); code == 0 {
			t.Error("the app did not fail")
		}
	})
	if message != "" {
		return message
	}
	return strings.TrimSpace(out.String())
}

type (
	none  = struct{}
	order struct {
		ID int `json:"id"`
	}
)

// atShop describes an app that needs no server, with more environment.
func atShop(env ...string) keryx.Options {
	return keryx.Options{Name: "shop", Environ: append([]string{"REDIS_URL=embedded://", "DATABASE_URL=sqlite://:memory:", "WEB_SERVER_PORT=0"}, env...)}
}

const mistakesPage = "docs/mistakes.md"

// chapters are those of the page.
var chapters = []struct {
	title string
	list  []mistake
}{
	{"In the code: a panic at registration", registrations},
	{"In the parts and settings: the app does not start", boots},
	{"In the services", services},
	{"In the migrations", migrations},
	{"On the command line", commands},
	{"What the log warns of", served},
}

// changing is what differs from one run to the next.
var changing = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?s)\{"error":\{"message":"(.*?)",".*?\n`), "$1\n"},
	{regexp.MustCompile(`127\.0\.0\.1:\d{4,5}`), "127.0.0.1:…"},
	{regexp.MustCompile(`keryx_test\.`), "shop."},
	{regexp.MustCompile(`pid \d+`), "pid 4711"},
	{regexp.MustCompile(`\b(shop|keryx)@`), "shop@"},
}

// TestMistakes: what authors of apps see when they make a mistake says what is wrong and
// what to do. The page with all of it is written by -update.
func TestMistakes(t *testing.T) {
	current, err := os.ReadFile(mistakesPage)
	if err != nil {
		t.Fatal(err)
	}
	intro, _, found := strings.Cut(string(current), "\n## ")
	if !found {
		t.Fatalf("%s has no chapters", mistakesPage)
	}
	page, whole := intro, true
	for _, chapter := range chapters {
		page += "\n## " + chapter.title + "\n"
		for _, m := range chapter.list {
			text, skipped := seen(t, m)
			if skipped {
				whole = false
				continue
			}
			row := fmt.Sprintf("\n%s:\n\n```text\n%s\n```\n", m.did, text)
			if page += row; !*updateMistakes && !strings.Contains(string(current), row) {
				t.Errorf("%s does not have%s", mistakesPage, row)
			}
		}
	}
	switch {
	case !whole || t.Failed(): // of the page there is nothing more to say
	case *updateMistakes:
		err = os.WriteFile(mistakesPage, []byte(page), 0o644)
	case page != string(current):
		err = errors.New("the page has what is no mistake any more; go test . -run TestMistakes -update writes it")
	}
	if err != nil {
		t.Error(err)
	}
}

var updateMistakes = flag.Bool("update", false, "write "+mistakesPage)

// seen makes a mistake, and returns what its author sees. It reports whether that was
// skipped, because a server for it is not installed.
func seen(t *testing.T, m mistake) (text string, skipped bool) {
	t.Helper()
	t.Run(m.did, func(t *testing.T) {
		defer func() { skipped = t.Skipped() }()
		text = m.see(t) + "\n"
	})
	for _, c := range changing {
		text = c.pattern.ReplaceAllString(text, c.with)
	}
	if text = strings.TrimSpace(text); text == "" && !skipped {
		t.Errorf("%s: nothing is said", m.did)
	}
	return text, skipped
}
