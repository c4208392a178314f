package main

import (
	"context"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/bench/internal/socket"
	"github.com/keryx-go/keryx/bench/internal/socket/sockettest"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts the app and returns its address.
func serve(t *testing.T, url string) string {
	t.Helper()
	app := newApp(keryx.Options{DotEnv: "-", Stdout: t.Output(), Stderr: t.Output(), Environ: []string{
		"KERYX_ENV=test", "WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT=0", "REDIS_URL=" + url,
	}})
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return strings.TrimPrefix(app.Web.URL(), "http://")
}

func TestItSaysWhatTheServerByHandSays(t *testing.T) {
	if err := wire.Probe(t.Context(), serve(t, redistest.Start(t).URL())); err != nil {
		t.Error(err)
	}
}

func TestBroadcastsReachOtherNodes(t *testing.T) {
	url := redistest.Start(t).URL()
	one, two := sockettest.Dial(t, serve(t, url)), sockettest.Dial(t, serve(t, url))
	say(t, two, wire.Subscribe)
	hear(t, two, wire.Subscribed)
	for n := range int64(3) {
		say(t, one, wire.AppendBroadcast(nil, n))
		hear(t, one, wire.AppendSent(nil, n))
	}
	for n := range int64(3) {
		hear(t, two, wire.AppendNews(nil, n))
	}
}

func say(t *testing.T, c *socket.Conn, message []byte) {
	t.Helper()
	if err := c.Send(message); err != nil {
		t.Fatal(err)
	}
}

// hear reads the next message that is not about a join.
func hear(t *testing.T, c *socket.Conn, want []byte) {
	t.Helper()
	for {
		message, err := c.Read()
		switch {
		case err != nil:
			t.Fatal(err)
		case wire.IsPresence(message):
			continue
		}
		if err := wire.Expect(message, want); err != nil {
			t.Error(err)
		}
		return
	}
}
