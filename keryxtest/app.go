package keryxtest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
)

// App is a running app.
type App struct {
	*keryx.API
	// URL is the address of the app, such as "http://127.0.0.1:40123".
	URL string
	// RedisURL and DatabaseURL are the URLs of the app's Redis and database, which
	// other processes may use as well unless Options.Env chose an embedded one.
	// DatabaseURL is "" for an app without a database.
	RedisURL, DatabaseURL string

	services services
	env      map[string]string // Options.Env
	tb       testing.TB
}

// In returns the same app for another test, such as a subtest: what fails, fails that
// test.
func (a *App) In(tb testing.TB) *App {
	copied := *a
	copied.tb = tb
	return &copied
}

// Client returns a new client of the app, which has no cookies.
func (a *App) Client() *Client {
	jar, _ := cookiejar.New(nil) // never fails
	return &Client{app: a, tb: a.tb, jar: jar, header: http.Header{}}
}

// As returns the test's context, in which i is calling: for [keryx.API.Act] and
// [keryx.Ref.Act], which have no session and no token.
func (a *App) As(i *auth.Identity) context.Context { return auth.With(a.tb.Context(), i) }

// Get requests a path, such as "/api/user/1", as a new client.
func (a *App) Get(path string) Response {
	a.tb.Helper()
	return a.Client().Get(path)
}

// Send requests a path with a body, as a new client: see [Client.Send].
func (a *App) Send(method, path string, body any) Response {
	a.tb.Helper()
	return a.Client().Send(method, path, body)
}

// Do sends a request over its own connection, so that none stays open after the test.
func (a *App) Do(r *http.Request) Response {
	a.tb.Helper()
	return a.Client().Do(r)
}

// Decode reads the body as JSON into a value, whatever the status is.
func (a *App) Decode(r Response, into any) {
	a.tb.Helper()
	if err := json.Unmarshal([]byte(r.Body), into); err != nil {
		a.tb.Fatalf("the response is not the expected JSON: %v\n%s", err, r)
	}
}

// KillRedis ends the app's Redis at once, as a crash does. It is empty when
// [App.RestartRedis] starts it again. A Redis that Options.Env chose is not killed:
// that fails the test.
func (a *App) KillRedis() {
	a.tb.Helper()
	a.redis().Kill()
}

// RestartRedis starts the app's Redis again, empty and with the same URL.
func (a *App) RestartRedis() {
	a.tb.Helper()
	a.redis().Restart()
}

func (a *App) redis() redisServer {
	a.tb.Helper()
	if a.services.redis == nil {
		a.tb.Fatalf("the app's Redis, %s, was not started by the test", a.RedisURL)
	}
	return a.services.redis
}
