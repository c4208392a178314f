package migrate

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
)

// TestLeaving: what was an action answers the same without the framework, and a user who
// is logged in stays so.
func TestLeaving(t *testing.T) {
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		o.Migrations = fstest.MapFS{"1_books.up.sql": {Data: []byte(`CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT, year INTEGER); INSERT INTO books VALUES (1, 'Faust', 1808)`)}}
		return keryx.New(o)
	}, keryxtest.Options{Embedded: true})
	s := &shelf{db: app.DB.DB, rdb: app.Redis.Client}
	ada := app.Client()
	ada.SignIn(map[string]int{"userId": 7})
	mux := s.routes()
	for _, row := range []struct{ path, cookie, want string }{
		{"/api/books/1", "", `{"id":1,"title":"Faust","year":1808}`},
		{"/api/books/2", "", "there is no such book"},
		{"/api/me", "", "log in first"},
		{"/api/me", ada.Cookie("__session"), "7"},
	} {
		r := httptest.NewRequest(http.MethodGet, row.path, nil)
		r.AddCookie(&http.Cookie{Name: "__session", Value: row.cookie})
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if got := strings.TrimSpace(w.Body.String()); got != row.want {
			t.Errorf("%s: got %d %s, want %s", row.path, w.Code, got, row.want)
		}
	}
}
