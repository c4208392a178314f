// Package keryxtest helps to test an app: [Start] runs it with its own Redis and
// database on a free port, and stops it with the test. A [Client] calls it over HTTP
// and keeps cookies; a [Socket] calls it over a WebSocket and waits for broadcasts.
//
//	app := keryxtest.Start(t, newApp, keryxtest.Options{})
//	ada := app.Client()
//	ada.Put("/api/session", login{"ada@example.com", "secret"}).Expect(200)
//	user := keryxtest.Decode[User](ada.Get("/api/user/1"))
//
// What does not go as a test expects ends the test, with the request and the whole
// response in the message. So the methods must be called from the test's goroutine,
// except those that return a [Response], which may be called from others as well as
// long as the app answers.
//
// # Services
//
// An app gets a real Redis and a real Postgres if redis-server and Postgres are
// installed, and the embedded Redis and SQLite otherwise. With CI=true in the
// environment the real ones are required.
//
// Each app has a redis-server of its own, because apps on one server would not be
// apart: topics of PUBLISH, scripts, FLUSHALL and CLIENT KILL know no databases. A
// server costs 2 ms of processor time. Postgres is one server for all tests of a
// package, with a database for each app. So tests may call [testing.T.Parallel].
package keryxtest

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	_ "github.com/keryx-go/keryx/db/postgres"    // for [App]s on Postgres
	_ "github.com/keryx-go/keryx/db/sqlite"      // for [App]s on SQLite
	_ "github.com/keryx-go/keryx/redis/embedded" // for [App]s with an embedded:// URL
)

// limit is how long a response, a message or the end of a socket is waited for. It is
// generous because the wait ends with what it waits for.
const limit = time.Minute

// Options are the options of [Start]. The zero value is fine.
type Options struct {
	// Env has further settings by their variables, such as ACTION_TIMEOUT. REDIS_URL
	// and DATABASE_URL in it replace those of the test.
	Env map[string]string
	// Embedded uses the embedded Redis and SQLite even if real ones are installed.
	Embedded bool
	// NoDatabase starts the app without a database.
	NoDatabase bool
	// With is an app whose Redis, database and settings the new one shares, as another
	// node of it. Embedded and NoDatabase do not matter then. With may have been
	// stopped: the new node takes its place.
	With *App
}

// Start makes an app, starts it on a free port, and stops it when the test ends. create
// gets the options for [keryx.New], and may add to them. The app does not see the
// environment of the process, and logs to the test.
func Start(tb testing.TB, create func(keryx.Options) *keryx.API, o Options) *App {
	tb.Helper()
	s := services{}
	env := map[string]string{}
	if o.With != nil {
		s, env = o.With.services, maps.Clone(o.With.env)
		maps.Copy(env, o.Env)
	} else {
		maps.Copy(env, o.Env)
		s = startServices(tb, o)
	}
	return start(tb, create, s, env)
}

// StartN starts n nodes of an app, which share a Redis and a database. A further one
// comes with [Start] and [Options.With].
func StartN(tb testing.TB, n int, create func(keryx.Options) *keryx.API, o Options) []*App {
	tb.Helper()
	nodes := make([]*App, n)
	for i := range nodes {
		nodes[i] = Start(tb, create, o)
		o.With = nodes[0]
	}
	return nodes
}

func start(tb testing.TB, create func(keryx.Options) *keryx.API, s services, env map[string]string) *App {
	tb.Helper()
	settings := map[string]string{
		"KERYX_ENV": "test", "WEB_SERVER_HOST": "127.0.0.1", "WEB_SERVER_PORT": "0", "LOG_COLORIZE": "false",
		"REDIS_URL": s.redisURL, "DATABASE_URL": s.databaseURL,
	}
	maps.Copy(settings, env)
	app := &App{
		API: create(keryx.Options{
			Defaults: map[string]string{}, Environ: environ(settings), DotEnv: "-", Stdout: tb.Output(), Stderr: tb.Output(),
		}),
		RedisURL: settings["REDIS_URL"], DatabaseURL: settings["DATABASE_URL"], services: s, env: env, tb: tb,
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
