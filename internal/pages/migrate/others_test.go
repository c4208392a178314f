package migrate

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	_ "github.com/keryx-go/keryx/db/sqlite"
	"github.com/keryx-go/keryx/keryxtest"
)

func old(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, "old "+r.Method+" "+r.URL.Path)
}

// TestFromOthers: the code of the page answers as it says, with the old router below it.
func TestFromOthers(t *testing.T) {
	var again func(context.Context) (greetOutput, error)
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		o.Migrations = fstest.MapFS{"1_books.up.sql": {Data: []byte(`CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT, year INTEGER)`)}}
		o.Authenticators = []auth.Authenticator{auth.Bearer(func(_ context.Context, token string) (*auth.Identity, error) {
			return &auth.Identity{Subject: token}, nil
		})}
		api := keryx.New(o)
		(&books{api}).register()
		again = greetings(api)
		oldBelow(api, http.HandlerFunc(old))
		return api
	}, keryxtest.Options{Embedded: true})
	ada := app.Client().Bearer("7")
	const book = `{"id":1,"title":"Faust","year":1808}`
	for _, row := range []struct {
		client       *keryxtest.Client
		method, path string
		body         any
		status       int
		want         string
	}{
		{app.Client(), "POST", "/api/books", newBook{"Faust", 1808}, 401, ""},
		{ada, "POST", "/api/books", newBook{"F", 1808}, 406, ""},
		{ada, "POST", "/api/books", newBook{"Faust", 1808}, 201, book},
		{ada, "GET", "/api/books/1", nil, 200, book},
		{ada, "GET", "/api/books/2", nil, 404, ""},
		{ada, "GET", "/api/books?limit=5", nil, 200, "[" + book + "]"},
		{ada, "GET", "/api/books?limit=500", nil, 406, ""},
		{ada, "GET", "/api/books/count", nil, 200, "1"},
		{ada, "GET", "/api/hello/Ada", nil, 200, `{"message":"Hello, Ada!"}`},
		{ada, "GET", "/reports/5", nil, 200, "old GET /reports/5"},
		{ada, "GET", "/api/reports/5", nil, 200, "old GET /api/reports/5"},
		{ada, "DELETE", "/api/books/1", nil, 200, "old DELETE /api/books/1"}, // no action has the method
	} {
		r := row.client.Send(row.method, row.path, row.body)
		if r.Status != row.status || row.want != "" && r.Body != row.want {
			t.Errorf("%s %s: got %d %s, want %d %s", row.method, row.path, r.Status, r.Body, row.status, row.want)
		}
	}
	if out, err := again(t.Context()); err != nil || out.Message != "Hello, Ada!" {
		t.Errorf("got %v, %v", out, err)
	}
}

// TestBelow has the app in a mux of another.
func TestBelow(t *testing.T) {
	api := keryx.New(keryx.Options{Environ: []string{"LOG_LEVEL=error", "DATABASE_URL="}, DotEnv: "-", Stderr: io.Discard})
	greetings(api)
	mux := http.NewServeMux()
	mux.HandleFunc("/", old)
	below(api, mux)
	for path, want := range map[string]string{
		"/api/hello/Ada": `{"message":"Hello, Ada!"}`,
		"/reports/5":     "old GET /reports/5",
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Body.String() != want {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
	}
}
