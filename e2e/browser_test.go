package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium returns the browser's program, or skips the test.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("there is no chromium; install it: apt-get install chromium")
	}
	t.Skip("there is no chromium")
	return ""
}

// browser is a running Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.WindowSize(1280, 860),
		chromedp.Flag("lang", "en-GB"), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run as root otherwise
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("chromium does not start: %v", err)
	}
	return &browser{t, ctx}
}

// person opens a window that knows nothing of the others: another person's.
func (b *browser) person() *tab {
	b.t.Helper()
	return newTab(b.t, b.ctx, chromedp.WithNewBrowserContext())
}

// tab is one tab, with what the browser complained of in it.
type tab struct {
	t     *testing.T
	ctx   context.Context
	close func()

	mu       sync.Mutex
	problems []string
}

func newTab(t *testing.T, parent context.Context, o ...chromedp.ContextOption) *tab {
	t.Helper()
	p := &tab{t: t}
	p.ctx, p.close = chromedp.NewContext(parent, append(o, chromedp.WithListener(p.listen))...)
	t.Cleanup(p.close)
	if err := chromedp.Do(p.ctx); err != nil { // the tab lives as long as the context that it is made with
		t.Fatalf("no new tab: %v", err)
	}
	return p
}

// another opens a further tab of the same person.
func (p *tab) another() *tab {
	p.t.Helper()
	return newTab(p.t, p.ctx)
}

// listen collects errors: of scripts, of the network, and of the content security
// policy.
func (p *tab) listen(event any) {
	var problem string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		problem = "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeWarning && e.Type != runtime.ConsoleAPICalledTypeAssert {
			return
		}
		problem = fmt.Sprintf("console.%s", e.Type)
		for _, arg := range e.Args {
			problem += " " + arg.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelError && e.Entry.Level != log.EntryLevelWarning {
			return
		}
		problem = fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, problem)
}

// clean fails the test when the browser complained of anything else than what
// contains one of the given texts.
func (p *tab) clean(but ...string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
next:
	for _, problem := range p.problems {
		for _, text := range but {
			if strings.Contains(problem, text) {
				continue next
			}
		}
		p.t.Errorf("the browser complains: %s", problem)
	}
}

// step is something done in a tab.
type step = chromedp.Action[chromedp.Void]

// css selects an element.
type css = chromedp.CSS

// do runs steps, for half a minute at most.
func (p *tab) do(steps ...step) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%v\nthe browser complained: %q", err, p.problems)
	}
}

// get returns what an expression is in the page.
func get[T any](p *tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v\nthe browser complained: %q", expression, err, p.problems)
	}
	return value
}

// until waits until an expression is true in the page.
func (p *tab) until(expression string) {
	p.t.Helper()
	if !wait(p.t, func() bool { return get[bool](p, expression) }) {
		p.t.Fatalf("it never was so: %s\nthe page says: %s\nthe browser complained: %q", expression, get[string](p, "document.body.innerText"), p.problems)
	}
}
