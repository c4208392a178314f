package dev

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/eventually"
)

// ask makes a request and returns the status and the body of the answer.
func (a *app) ask(method, path, accept string) (int, string) {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Accept", accept)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// shows waits until pages are told what contains a text: "" for no error.
func (a *app) shows(version int, text string) {
	a.t.Helper()
	eventually.Nil(a.t, func() error {
		s, _ := a.dev.board.now()
		if s.Version == version && (text == "" && s.Title == "" || text != "" && strings.Contains(s.Title+"\n"+s.Text, text)) {
			return nil
		}
		return fmt.Errorf("want version %d and %q; have %+v\n%s", version, text, s, a.out)
	})
}

// drained waits until the versions before the current one have ended.
func (a *app) drained() {
	a.t.Helper()
	eventually.True(a.t, "one version runs", func() bool {
		a.dev.mu.Lock()
		defer a.dev.mu.Unlock()
		return len(a.dev.running) == 1
	})
}

// TestDevelopment is what happens to an app while it is written.
func TestDevelopment(t *testing.T) {
	broken := strings.Replace(source, "2 * in.N", "2 * in.M", 1)
	a := runDev(t, broken)

	// It has never compiled: there is the error in its place.
	a.says("main.go:20:17: in.M undefined")
	for accept, want := range map[string]string{
		"text/html":        "<pre># example.com/small\n./main.go:20:17: in.M undefined",
		"application/json": `{"error":{"message":"keryx dev: it does not compile\n# example.com/small\n./main.go:20:17: in.M undefined`,
		"text/plain":       "keryx dev: it does not compile\n# example.com/small\n./main.go:20:17: in.M undefined",
	} {
		eventually.Nil(t, func() error {
			if status, body := a.ask("GET", "/api/text", accept); status != http.StatusServiceUnavailable || !strings.Contains(body, want) {
				return fmt.Errorf("%s: %d %s", accept, status, body)
			}
			return nil
		})
	}

	write(t, "main.go", source)
	a.says("version 1 serves")
	if status, body := a.ask("GET", "/api/text", "*/*"); status != http.StatusOK || body != `"first "` {
		t.Errorf("%d %s", status, body)
	}
	a.ask("GET", "/api/visits", "*/*")

	// An error of the compiler: the version before serves on.
	write(t, "main.go", broken)
	a.shows(1, "main.go:20:17: in.M undefined")
	if status, body := a.ask("GET", "/api/text", "*/*"); body != `"first "` {
		t.Errorf("%d %s", status, body)
	}
	write(t, "main.go", source)
	a.shows(1, "")

	// What is in memory outlives a restart.
	write(t, "main.go", strings.Replace(source, "first ", "second ", 1))
	a.shows(2, "")
	eventually.Nil(t, func() error {
		if _, body := a.ask("GET", "/api/text", "*/*"); body != `"second "` {
			return fmt.Errorf("%s", body)
		}
		return nil
	})
	if _, body := a.ask("GET", "/api/visits", "*/*"); body != "2" {
		t.Errorf("%s visits after a restart", body)
	}

	// A version that does not start: of a wrong setting, and of a Redis that is not there.
	write(t, ".env", "SESSION_TTL=never\n")
	a.shows(2, `SESSION_TTL="never" (from .env)`)
	write(t, ".env", "REDIS_URL=redis://127.0.0.1:1\n")
	a.shows(2, "cannot connect to redis (redis://127.0.0.1:1)")
	if status, body := a.ask("GET", "/api/text", "*/*"); body != `"second "` {
		t.Errorf("%d %s", status, body)
	}
	if err := os.Remove(".env"); err != nil {
		t.Fatal(err)
	}
	a.says("version 4 serves")

	a.drained()

	// It ends by itself, with its children.
	_, child := a.ask("POST", "/api/child", "*/*")
	if !alive(child) {
		t.Fatalf("child %s does not run", child)
	}
	if response, err := http.Post(a.url+"/api/crash", "", nil); err == nil {
		_ = response.Body.Close()
		t.Errorf("status %d", response.StatusCode)
	}
	a.shows(0, "the app gives up")
	eventually.True(t, "the child has ended", func() bool { return !alive(child) })
	if status, body := a.ask("GET", "/api/text", "text/plain"); status != http.StatusServiceUnavailable || !strings.Contains(body, "has ended: exit status 3") {
		t.Errorf("%d %s", status, body)
	}
	write(t, "main.go", source)
	a.says("version 5 serves")
	a.drained()
	_, child = a.ask("POST", "/api/child", "*/*")

	a.stop()
	if err := <-a.stopped; err != nil {
		t.Error(err)
	}
	a.stopped <- nil
	if eventually.True(t, "the child has ended", func() bool { return !alive(child) }); len(a.dev.running) > 0 {
		t.Errorf("%d processes are left", len(a.dev.running))
	}
	if response, err := http.Get(a.url); err == nil {
		_ = response.Body.Close()
		t.Error("the port is still open")
	}
}
