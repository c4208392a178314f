package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/doctest"
	"github.com/keryx-go/keryx/redis"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPages(t *testing.T) {
	for _, page := range []string{"start", "leaving", "deployment"} {
		if err := doctest.Snippets("../../docs/"+page+".md", ".", "../../internal/pages/migrate"); err != nil {
			t.Error(err)
		}
	}
}

var errNoTodo = errors.New("there is no such todo")

// Example_leaving serves an action without the framework, and beside it.
func Example_leaving() {
	show := func(_ context.Context, in todoInput) (*Todo, error) {
		if in.ID != 1 {
			return nil, errNoTodo
		}
		return &Todo{1, "Write a test"}, nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/todos/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			http.Error(w, "id must be a whole number", http.StatusBadRequest)
			return
		}
		todo, err := show(r.Context(), todoInput{ID: id})
		if errors.Is(err, errNoTodo) {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(todo)
	})
	api := newApp(keryx.Options{Environ: []string{"LOG_LEVEL=error"}, DotEnv: "-"})
	mux.Handle("/", api.Web)

	for _, path := range []string{"/api/todos/1", "/api/todos/2", "/livez"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// 200 {"id":1,"title":"Write a test"}
	// 404 there is no such todo
	// 200 {"status":"ok"}
}

// TestSeveralRedis has a second one, which /readyz knows.
func TestSeveralRedis(t *testing.T) {
	api := newApp(keryx.Options{Environ: []string{"WEB_SERVER_PORT=0", "DATABASE_URL="}, DotEnv: "-", Stderr: io.Discard})
	reports := redis.New(redis.Options{Name: "reports", URL: "redis://reports.internal:6379/0", Variable: "REPORTS_REDIS_URL", Logger: api.Logger})
	api.Use(reports)
	err := api.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "reports.internal") || !strings.Contains(err.Error(), "set REPORTS_REDIS_URL") {
		t.Errorf("got %v", err)
	}

	api = newApp(keryx.Options{Environ: []string{"WEB_SERVER_PORT=0", "DATABASE_URL="}, DotEnv: "-", Stderr: io.Discard})
	second := redis.New(redis.Options{Name: "second", URL: "embedded://"})
	api.Use(second)
	if err := api.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = api.Stop(context.WithoutCancel(t.Context())) }()
	w := httptest.NewRecorder()
	api.Web.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if !strings.Contains(w.Body.String(), `"second":"ok"`) {
		t.Error(w.Body)
	}
	if second.Client.Set(t.Context(), "only", "here", 0).Err() != nil || api.Redis.Client.Exists(t.Context(), "only").Val() != 0 {
		t.Error("the two are one")
	}
}

// TestInAnotherServer has the app below a prefix of a mux.
func TestInAnotherServer(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	oldPage := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "old") }
	serve := func(api *keryx.API, ask func(http.Handler)) error {
		api.Replace(keryx.Initializer{Name: "web", Serves: true}.Part(api))
		api.Replace(keryx.Initializer{Name: "websocket", Serves: true}.Part(api))
		if err := api.Start(ctx); err != nil {
			return err
		}
		defer func() { _ = api.Stop(context.WithoutCancel(ctx)) }()

		mux := http.NewServeMux()
		mux.HandleFunc("/", oldPage)
		mux.Handle("/todos/", http.StripPrefix("/todos", api.Web))
		ask(mux)
		return nil
	}
	api := newApp(keryx.Options{Environ: []string{"WEB_SERVER_PORT=1", "DATABASE_URL="}, DotEnv: "-", Stderr: io.Discard})
	err := serve(api, func(mux http.Handler) {
		for _, row := range []struct{ method, path, body, want string }{
			{"GET", "/other", "", "200 old"},
			{"POST", "/todos/api/todos", `{"title":"Write a test"}`, `201 {"id":1,"title":"Write a test"}`},
			{"GET", "/todos/api/todos/1", "", `200 {"id":1,"title":"Write a test"}`},
			{"GET", "/todos/livez", "", `200 {"status":"ok"}`},
			{"GET", "/todos/readyz", "", `200 {"status":"ok","checks":{"redis":"ok"}}`},
		} {
			r := httptest.NewRequest(row.method, row.path, strings.NewReader(row.body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			if got := fmt.Sprint(w.Code, " ", strings.TrimSpace(w.Body.String())); got != row.want {
				t.Errorf("%s %s: got %s, want %s", row.method, row.path, got, row.want)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}
