package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

// shipped is what a hash costs outside of the tests. In them it costs an eighth.
var shipped = hashing

func TestMain(m *testing.M) {
	hashing.Memory, hashing.Iterations = shipped.Memory/8, 1
	goleak.VerifyTestMain(m)
}

// unlimited keeps the rate limiter out of tests that are about something else.
var unlimited = map[string]string{"RATE_LIMIT_ENABLED": "false", "WS_MAX_MESSAGES_PER_SECOND": "0"}

// everywhere runs a test on the real services and on the embedded ones.
func everywhere(t *testing.T, test func(*testing.T, *keryxtest.App)) {
	for name, o := range map[string]keryxtest.Options{"real": {Env: unlimited}, "embedded": {Env: unlimited, Embedded: true}} {
		t.Run(name, func(t *testing.T) {
			if !o.Embedded {
				slow.Skip(t, "it starts Postgres")
			}
			test(t, keryxtest.Start(t, newApp, o))
		})
	}
}

// small runs a test on embedded services only.
func small(t *testing.T) *keryxtest.App {
	t.Helper()
	return keryxtest.Start(t, newApp, keryxtest.Options{Env: unlimited, Embedded: true})
}

// TestTheCommandLine runs actions without a server, on embedded parts.
func TestTheCommandLine(t *testing.T) {
	var out, log bytes.Buffer
	api := newApp(keryx.Options{Environ: []string{}, DotEnv: "-", Stdout: &out, Stderr: &log})
	for line, want := range map[string]string{
		"messages:hello -q":                            `{"message":"Hello! The current time is 2`,
		"messages:cleanup --age 1000 -q":               `{"messagesDeleted":0}`,
		"streaming:counter --count 2 -q":               `"index":2,"total":2`,
		"fileUpload --file main.go --stringParam x -q": `{"params":{"stringParam":"x","file":{"name":"main.go","type":"text/`,
		"status -q": `"healthy":true,"checks":{"database":true,"redis":true}}`,
	} {
		out.Reset()
		if code := api.Run(context.Background(), strings.Fields(line)); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", line, code, out.String(), log.String())
		}
	}
	out.Reset()
	if code := api.Run(context.Background(), []string{"messages:list", "-q"}); code != 1 || !strings.Contains(out.String(), "CONNECTION_SESSION_NOT_FOUND") {
		t.Errorf("messages:list: exit code %d, stdout %q", code, out.String())
	}
}

// TestThePage is served with what keeps foreign code out of it.
func TestThePage(t *testing.T) {
	app := small(t)
	page := app.Get("/")
	want(t, page, http.StatusOK, `<script type="module" src="/js/main.js"></script>`)
	for header, value := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'self'", "X-Frame-Options": "DENY",
	} {
		if got := page.Header.Get(header); got != value {
			t.Errorf("%s is %q, want %q", header, got, value)
		}
	}
	for _, path := range []string{"/js/main.js", "/css/base.css", "/favicon.svg"} {
		want(t, app.Get(path), http.StatusOK, "")
	}
	if strings.Contains(page.Body, "style=") || strings.Contains(page.Body, "onclick") {
		t.Error("the page has styles or scripts within its elements")
	}
}

// TestTheProgramIsSmall builds what users would: 27 MB at most.
func TestTheProgramIsSmall(t *testing.T) {
	slow.Skip(t, "it links a program")
	path := filepath.Join(t.TempDir(), "chat")
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if size := float64(info.Size()) / 1e6; size > 27 {
		t.Errorf("the program has %.1f MB", size)
	}
}
