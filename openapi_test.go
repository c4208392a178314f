package keryx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
)

func withDocument(o keryx.Options) *keryx.API {
	o.Name, o.Version = "greeter", "1.2.3"
	api := keryx.New(o)
	keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello")}, func(context.Context, struct{}) (string, error) { return "hello", nil })
	return api
}

// TestOpenAPIIsServed: in development, with an ETag, to pages of other origins as well.
func TestOpenAPIIsServed(t *testing.T) {
	app := keryxtest.Start(t, withDocument, keryxtest.Options{Embedded: true, NoDatabase: true})
	for _, path := range []string{"/api/openapi.json", "/api/swagger"} {
		r := app.Get(path).Expect(200)
		var d struct {
			Info    struct{ Title, Version string }
			Servers []struct{ URL string }
			Paths   map[string]any
		}
		if err := json.Unmarshal([]byte(r.Body), &d); err != nil {
			t.Fatal(err)
		}
		if d.Info.Title != "greeter" || d.Info.Version != "1.2.3" || len(d.Paths) != 1 || !strings.HasSuffix(d.Servers[0].URL, "/api") {
			t.Errorf("%s: %+v", path, d)
		}
		if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v", path, r.Header)
		}
		again, err := http.NewRequestWithContext(t.Context(), http.MethodGet, app.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		again.Header.Set("If-None-Match", r.Header.Get("ETag"))
		if r := app.Do(again); r.Status != 304 || len(r.Body) > 0 {
			t.Errorf("%s: %d with the ETag", path, r.Status)
		}
	}
}

// TestOpenAPIIsClosed: in production, unless it is opened, and where the app has a route of
// its own.
func TestOpenAPIIsClosed(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		want int
	}{
		"production": {map[string]string{"KERYX_ENV": "production"}, 404},
		"opened":     {map[string]string{"KERYX_ENV": "production", "API_DOCS_ENABLED": "true"}, 200},
		"closed":     {map[string]string{"API_DOCS_ENABLED": "false"}, 404},
	} {
		t.Run(name, func(t *testing.T) {
			c.env["REDIS_URL"] = "embedded://?force=true"
			app := keryxtest.Start(t, withDocument, keryxtest.Options{Embedded: true, NoDatabase: true, Env: c.env})
			for _, path := range []string{"/api/openapi.json", "/api/swagger"} {
				app.Get(path).Expect(c.want)
			}
		})
	}
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := withDocument(o)
		keryx.Handle(api, keryx.Action{Name: "swagger", Web: keryx.GET("/swagger")}, func(context.Context, struct{}) (string, error) { return "mine", nil })
		return api
	}, keryxtest.Options{Embedded: true, NoDatabase: true})
	if got := keryxtest.Decode[string](app.Get("/api/swagger")); got != "mine" {
		t.Errorf("the app's own route answers %q", got)
	}
}

// TestOpenAPIOnTheCommandLine connects to nothing.
func TestOpenAPIOnTheCommandLine(t *testing.T) {
	var stdout, stderr bytes.Buffer
	api := withDocument(keryx.Options{
		Environ: []string{"REDIS_URL=redis://127.0.0.1:1/0", "DATABASE_URL=postgres://127.0.0.1:1/none"}, DotEnv: "-", Stdout: &stdout, Stderr: &stderr,
	})
	if code := api.Run(t.Context(), []string{"openapi"}); code != 0 || !json.Valid(stdout.Bytes()) {
		t.Errorf("exit status %d: %s%s", code, stdout.String(), stderr.String())
	}
}
