package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/examples/plugin/audit"
	"github.com/keryx-go/keryx/internal/doctest"
	"github.com/keryx-go/keryx/keryxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPage(t *testing.T) {
	if err := doctest.Snippets("../../../docs/plugins.md", "."); err != nil {
		t.Error(err)
	}
}

func ExampleNew() {
	ctx := context.Background()
	api := keryx.New(keryx.Options{Environ: []string{"REDIS_URL=embedded://", "WEB_SERVER_PORT=0"}, DotEnv: "-", Stderr: io.Discard})
	api.Use(audit.New(audit.Options{Redis: api.Redis, Channels: api.Channels}))
	if err := api.Start(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println(api.Act(ctx, "audit:list", nil))
	_ = api.Stop(ctx)
	// Output: [] <nil>
}

// newApp returns an app that uses the plugin.
func newApp(o keryx.Options) *keryx.API {
	api := keryx.New(o)
	api.Use(audit.New(audit.Options{Redis: api.Redis, Channels: api.Channels}))
	keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello")}, func(context.Context, struct{}) (string, error) {
		return "world", nil
	})
	return api
}

func TestPlugin(t *testing.T) {
	app := keryxtest.Start(t, newApp, keryxtest.Options{NoDatabase: true, Env: map[string]string{"AUDIT_TOKEN": "open", "AUDIT_KEEP": "100"}})
	heard := make(listener, 10)
	if err := app.Channels.Join(t.Context(), heard, "audit"); err != nil {
		t.Fatal(err)
	}
	app.Get("/api/hello")
	for frame := ""; !strings.Contains(frame, `"action":"hello"`); { // the first frames are about presence
		frame = <-heard
	}
	if got, err := app.Act(t.Context(), "audit:list", nil); err != nil || len(got.([]audit.Record)) != 1 || got.([]audit.Record)[0].Action != "hello" {
		t.Errorf("%v, %v", got, err)
	}
	if status, body := fetch(t, app.URL+"/audit", "Bearer open"); status != http.StatusOK || !strings.Contains(body, `"hello"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := fetch(t, app.URL+"/audit", "Bearer other"); status != http.StatusUnauthorized || strings.Contains(body, "hello") {
		t.Errorf("%d %s", status, body)
	}
	if r := app.Get("/readyz"); r.Status != http.StatusOK || !strings.Contains(r.Body, `"audit":"ok"`) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if err := app.Redis.Client.Del(t.Context(), "audit").Err(); err != nil {
		t.Fatal(err)
	}
	if err := app.Redis.Client.Set(t.Context(), "audit", "something else", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if r := app.Get("/readyz"); r.Status != http.StatusServiceUnavailable || !strings.Contains(r.Body, "WRONGTYPE") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestCommandLine(t *testing.T) {
	for args, want := range map[string]string{
		"config":           "Audit.Token [[secret]] environment AUDIT_TOKEN",
		"audit clear":      "removed 0 streams",
		"audit:list":       "[]",
		"actions":          "audit:list cli",
		"audit clear what": "",
	} {
		var stdout, stderr bytes.Buffer
		code := newApp(keryx.Options{
			Name: "app", Stdout: &stdout, Stderr: &stderr, DotEnv: "-", Environ: []string{"REDIS_URL=embedded://", "AUDIT_TOKEN=sesame", "DATABASE_URL="},
		}).Run(t.Context(), strings.Fields(args))
		if (code == 0) != (want != "") || !strings.Contains(strings.Join(strings.Fields(stdout.String()), " "), want) || strings.Contains(stdout.String()+stderr.String(), "sesame") {
			t.Errorf("%s: exit status %d, %s%s", args, code, stdout.String(), stderr.String())
		}
	}
}

func TestMistakesInItsSettings(t *testing.T) {
	api := newApp(keryx.Options{DotEnv: "-", Environ: []string{"AUDIT_KEEP=0", "WEB_SERVER_PORT=x"}, Stderr: io.Discard})
	err := api.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "AUDIT_KEEP") || !strings.Contains(err.Error(), "WEB_SERVER_PORT") {
		t.Errorf("got %v", err)
	}
}

func fetch(t *testing.T, url, authorization string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	r.Close = true
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// listener is a connection in the channel.
type listener chan string

func (l listener) ID() string                 { return "listener" }
func (l listener) Deliver(m *channel.Message) { l <- string(m.Frame()) }
