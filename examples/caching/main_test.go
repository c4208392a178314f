package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// everywhere runs a test on the real services and on the embedded ones.
func everywhere(t *testing.T, test func(*testing.T, *keryxtest.App)) {
	for name, o := range map[string]keryxtest.Options{"real": {}, "embedded": {Embedded: true}} {
		t.Run(name, func(t *testing.T) {
			if !o.Embedded {
				slow.Skip(t, "it starts Postgres")
			}
			test(t, keryxtest.Start(t, newApp, o))
		})
	}
}

func want(t *testing.T, r keryxtest.Response, status int, part string) {
	t.Helper()
	if r.Status != status || !strings.Contains(r.Body, part) {
		t.Errorf("got %d %s, want %d and %s", r.Status, r.Body, status, part)
	}
}

// together sends a request n times at once and returns the answers.
func together(t *testing.T, app *keryxtest.App, n int, method, path string, body any) []keryxtest.Response {
	t.Helper()
	answers := make([]keryxtest.Response, n)
	var callers sync.WaitGroup
	for i := range n {
		callers.Go(func() { answers[i] = app.Send(method, path, body) })
	}
	callers.Wait()
	return answers
}

func TestShowFillsRedisAndThenHits(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		for path, key := range map[string]string{"/api/user/1": "cache:user:1", "/api/user/1/by-hand": "cache:user-by-hand:1"} {
			rdb := app.Redis.Client
			if n := rdb.Exists(t.Context(), key).Val(); n != 0 {
				t.Fatalf("%s exists before the first read", key)
			}
			want(t, app.Get(path), http.StatusOK, `{"user":{"id":1,"name":"Ada","email":"ada@example.com"}}`)
			if got := rdb.Get(t.Context(), key).Val(); got != `{"id":1,"name":"Ada","email":"ada@example.com"}` {
				t.Errorf("%s holds %q", key, got)
			}
			if ttl := rdb.TTL(t.Context(), key).Val(); ttl <= 0 {
				t.Errorf("%s has the TTL %v", key, ttl)
			}
			if err := rdb.Set(t.Context(), key, `{"id":1,"name":"from the cache"}`, 0).Err(); err != nil {
				t.Fatal(err)
			}
			want(t, app.Get(path), http.StatusOK, "from the cache")
		}
		want(t, app.Get("/api/user/99"), http.StatusOK, `{"user":null}`)
		want(t, app.Get("/api/user/0"), http.StatusNotAcceptable, `"key":"userId","value":"0"`)
	})
}

func TestUpdateInvalidates(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		app.Get("/api/user/1")
		app.Get("/api/user/1/by-hand")
		want(t, app.Get("/api/users?limit=1"), http.StatusOK, `[{"id":1,"name":"Ada"`)
		want(t, app.Send("PATCH", "/api/user/1", map[string]any{"name": "Adaline"}), http.StatusOK, `"name":"Adaline"`)
		want(t, app.Get("/api/user/1"), http.StatusOK, `"name":"Adaline"`)
		want(t, app.Get("/api/user/1/by-hand"), http.StatusOK, `"name":"Adaline"`)
		want(t, app.Get("/api/users?limit=1"), http.StatusOK, `"name":"Adaline"`)
		want(t, app.Send("PATCH", "/api/user/1", map[string]any{}), http.StatusNotAcceptable, "send a name, an email, or both")
	})
}

func TestForgetFindsAllAndNothingElse(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		if err := app.Redis.Client.Set(t.Context(), "cache:order:1", "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
		app.Get("/api/user/1")
		app.Get("/api/user/2")
		app.Get("/api/users")
		want(t, app.Send("DELETE", "/api/users/cache", nil), http.StatusOK, `{"forgotten":3}`)
		if n := app.Redis.Client.Exists(t.Context(), "cache:order:1").Val(); n != 1 {
			t.Error("the order is forgotten too")
		}
	})
}

// TestTheCommandLine runs an action without a server, on embedded parts.
func TestTheCommandLine(t *testing.T) {
	var out, log bytes.Buffer
	api := newApp(keryx.Options{Environ: []string{}, DotEnv: "-", Stdout: &out, Stderr: &log})
	if code := api.Run(context.Background(), []string{"user:show", "--userId", "2", "-q"}); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if out.String() != `{"user":{"id":2,"name":"Grace","email":"grace@example.com"}}`+"\n" || log.Len() > 0 {
		t.Errorf("stdout %q, stderr %q", out.String(), log.String())
	}
}
