package keryxtest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func create(o keryx.Options) *keryx.API {
	api := keryx.New(o)
	type in struct {
		Name string `json:"name"`
	}
	keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.PUT("/hello")}, func(_ context.Context, in in) (string, error) {
		return "Hello, " + in.Name, nil
	})
	return api
}

func TestAppsHaveTheirOwnServices(t *testing.T) {
	for name, o := range map[string]keryxtest.Options{
		"real": {}, "embedded": {Embedded: true}, "without a database": {NoDatabase: true},
		"chosen": {Env: map[string]string{"REDIS_URL": "embedded://", "DATABASE_URL": "sqlite://:memory:"}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "real" {
				slow.Skip(t, "it starts Postgres")
			}
			a, b := keryxtest.Start(t, create, o), keryxtest.Start(t, create, o)
			if a.URL == b.URL || a.URL == "" {
				t.Errorf("URLs %q and %q", a.URL, b.URL)
			}
			if err := a.Redis.Client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
				t.Fatal(err)
			}
			if n := b.Redis.Client.Exists(t.Context(), "k").Val(); n != 0 {
				t.Error("two apps share one Redis")
			}
			if (a.DB == nil) != o.NoDatabase || (a.DatabaseURL == "") != o.NoDatabase {
				t.Errorf("DB %v, URL %q", a.DB, a.DatabaseURL)
			}
			if a.DB == nil {
				return
			}
			if _, err := a.DB.ExecContext(t.Context(), "CREATE TABLE t (n INT)"); err != nil {
				t.Fatal(err)
			}
			if _, err := b.DB.ExecContext(t.Context(), "SELECT n FROM t"); err == nil {
				t.Error("two apps share one database")
			}
		})
	}
}

func TestRequests(t *testing.T) {
	app := keryxtest.Start(t, create, keryxtest.Options{Embedded: true, NoDatabase: true})
	r := app.Send(http.MethodPut, "/api/hello", map[string]string{"name": "Ada"})
	var said string
	if app.Decode(r, &said); r.Status != http.StatusOK || said != "Hello, Ada" || r.Header.Get("X-SERVER-NAME") == "" {
		t.Errorf("%+v", r)
	}
	if r := app.Get("/api/hello"); r.Status != http.StatusMethodNotAllowed || !strings.Contains(r.Body, "PUT") {
		t.Errorf("%+v", r)
	}
}
