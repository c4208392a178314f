// Package keryxtest helps to test an app: it starts the app with its own Redis and
// database on a free port, and stops it with the test.
//
// It uses a real Redis and a real Postgres if redis-server and Postgres are installed,
// and the embedded Redis and SQLite otherwise. With CI=true in the environment the real
// ones are required.
package keryxtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/keryx-go/keryx"
	_ "github.com/keryx-go/keryx/db/postgres"    // for [App]s on Postgres
	_ "github.com/keryx-go/keryx/db/sqlite"      // for [App]s on SQLite
	_ "github.com/keryx-go/keryx/redis/embedded" // for machines without Redis
)

// App is a running app.
type App struct {
	*keryx.API
	// URL is the address of the app, such as "http://127.0.0.1:40123".
	URL string
	// RedisURL and DatabaseURL are the URLs of the app's Redis and database.
	// DatabaseURL is "" for an app without a database.
	RedisURL, DatabaseURL string

	tb testing.TB
}

// Options are the options of [Start]. The zero value is fine.
type Options struct {
	// Env has further settings by their variables, such as ACTION_TIMEOUT. REDIS_URL
	// and DATABASE_URL in it replace those of the test.
	Env map[string]string
	// Embedded uses the embedded Redis and SQLite even if real ones are installed.
	Embedded bool
	// NoDatabase starts the app without a database.
	NoDatabase bool
}

// Start makes an app, starts it on a free port, and stops it when the test ends. create
// gets the options for [keryx.New], and may add to them. The app does not see the
// environment of the process, and logs to the test.
func Start(tb testing.TB, create func(keryx.Options) *keryx.API, o Options) *App {
	tb.Helper()
	settings := map[string]string{
		"KERYX_ENV": "test", "WEB_SERVER_HOST": "127.0.0.1", "WEB_SERVER_PORT": "0", "LOG_COLORIZE": "false",
		"REDIS_URL": redisURL(tb, o), "DATABASE_URL": databaseURL(tb, o),
	}
	for name, value := range o.Env {
		settings[name] = value
	}
	app := &App{
		API: create(keryx.Options{
			Defaults: map[string]string{}, Environ: environ(settings), DotEnv: "-", Stdout: tb.Output(), Stderr: tb.Output(),
		}),
		RedisURL: settings["REDIS_URL"], DatabaseURL: settings["DATABASE_URL"], tb: tb,
	}
	if err := app.Start(tb.Context()); err != nil {
		tb.Fatalf("the app does not start: %v", err)
	}
	tb.Cleanup(func() {
		if err := app.Stop(context.WithoutCancel(tb.Context())); err != nil {
			tb.Errorf("the app does not stop: %v", err)
		}
	})
	app.URL = app.Web.URL()
	return app
}

func environ(settings map[string]string) []string {
	var out []string
	for name, value := range settings {
		out = append(out, name+"="+value)
	}
	return out
}

// Response is a response of the app with its whole body.
type Response struct {
	Status int
	Header http.Header
	Body   string
}

// Get requests a path, such as "/api/user/1".
func (a *App) Get(path string) Response {
	a.tb.Helper()
	return a.Send(http.MethodGet, path, nil)
}

// Send requests a path with a JSON body. A nil body sends none.
func (a *App) Send(method, path string, body any) Response {
	a.tb.Helper()
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			a.tb.Fatalf("the body cannot be encoded: %v", err)
		}
		content = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(a.tb.Context(), method, a.URL+path, content)
	if err != nil {
		a.tb.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return a.Do(r)
}

// Do sends a request over its own connection, so that none stays open after the test.
func (a *App) Do(r *http.Request) Response {
	a.tb.Helper()
	r.Close = true
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		a.tb.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		a.tb.Fatalf("%s %s: the response breaks off: %v", r.Method, r.URL, err)
	}
	return Response{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

// Decode reads the body as JSON into a value.
func (a *App) Decode(r Response, into any) {
	a.tb.Helper()
	if err := json.Unmarshal([]byte(r.Body), into); err != nil {
		a.tb.Fatalf("the response is not the expected JSON: %v\n%s", err, r.Body)
	}
}
