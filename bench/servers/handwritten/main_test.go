package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/answer"
	"github.com/keryx-go/keryx/bench/internal/rawredis"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newTestUsers(t *testing.T, url string) *users {
	t.Helper()
	u, err := newUsers(answer.Default())
	if err != nil {
		t.Fatal(err)
	}
	if u.redis, err = rawredis.Open(url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = u.redis.Close() })
	return u
}

func get(u *users, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	u.routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestShow(t *testing.T) {
	server := redistest.Start(t)
	u := newTestUsers(t, server.URL())
	want := answer.Default()

	for _, try := range []string{"miss", "hit"} {
		w := get(u, "/api/user/1")
		if w.Code != http.StatusOK || w.Body.String() != string(want.Body) {
			t.Errorf("%s: %d %s", try, w.Code, w.Body)
		}
		for name := range want.Header {
			if w.Header().Get(name) != want.Header.Get(name) {
				t.Errorf("%s: the header %s is %q", try, name, w.Header().Get(name))
			}
		}
	}
	ctx := context.Background()
	if left, err := server.Client().TTL(ctx, "cache:user:1").Result(); err != nil || left <= 0 || left > ttl {
		t.Errorf("the entry lives for %v, error %v", left, err)
	}
	// The cached value is the one that is shown.
	server.Client().Set(ctx, "cache:user:1", `{"id":1,"name":"Eve","email":"e"}`, ttl)
	if w := get(u, "/api/user/1"); !strings.Contains(w.Body.String(), "Eve") {
		t.Errorf("after a change in Redis: %s", w.Body)
	}
}

func TestShowRefuses(t *testing.T) {
	server := redistest.Start(t)
	u := newTestUsers(t, server.URL())
	server.Client().Set(context.Background(), "cache:user:2", "no JSON", ttl)
	for path, want := range map[string]int{
		"/api/user/x": http.StatusNotAcceptable,
		"/api/user/0": http.StatusNotAcceptable,
		"/api/user/2": http.StatusInternalServerError,
		"/api/user/3": http.StatusOK,
		"/api/other":  http.StatusNotFound,
	} {
		if w := get(u, path); w.Code != want {
			t.Errorf("%s: %d %s, expected %d", path, w.Code, w.Body, want)
		}
	}
	if w := get(u, "/api/user/3"); w.Body.String() != `{"user":null}` {
		t.Errorf("a user that does not exist: %s", w.Body)
	}
	server.Stop()
	if w := get(u, "/api/user/1"); w.Code != http.StatusInternalServerError {
		t.Errorf("without Redis: %d %s", w.Code, w.Body)
	}
}

// TestClientOptions compares the client's options with the framework's. With different
// ones, the benchmark would compare settings instead of servers.
func TestClientOptions(t *testing.T) {
	server := redistest.Start(t)
	framework, err := redis.Open(t.Context(), server.URL(), redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer framework.Close()
	type settings struct{ Timeouts, Pools, Flags any }
	relevant := func(o *goredis.Options) string {
		text, err := json.Marshal(settings{
			Timeouts: []any{o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout, o.ConnMaxIdleTime, o.ConnMaxLifetime},
			Pools:    []any{o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.PoolFIFO, o.ReadBufferSize, o.WriteBufferSize},
			Flags:    []any{o.Protocol, o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled, o.DisableIdentity, o.MaintNotificationsConfig.Mode},
		})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	got := relevant(newTestUsers(t, server.URL()).redis.Options())
	if want := relevant(framework.Client.(*goredis.Client).Options()); got != want {
		t.Errorf("the client's options are\n%s, the framework's\n%s", got, want)
	}
}

func TestAnswerMustFit(t *testing.T) {
	for name, body := range map[string]string{
		"another field":   `{"user":{"id":1,"name":"Ada","email":"a","age":36}}`,
		"a field missing": `{"user":{"id":1,"name":"Ada"}}`,
		"another order":   `{"user":{"name":"Ada","id":1,"email":"a"}}`,
		"another type":    `{"user":{"id":"1"}}`,
		"no user":         `{"user":null}`,
	} {
		if _, err := newUsers(answer.Answer{Body: json.RawMessage(body)}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
