package websocket_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
	server "github.com/keryx-go/keryx/websocket"
)

// leavers is the app of guarded, whose users end their sessions and sockets.
func leavers(release <-chan struct{}) func(keryx.Options) *keryx.API {
	return func(o keryx.Options) *keryx.API {
		api := guarded(time.Time{})(o)
		keryx.Handle(api, keryx.Action{Name: "leave", Only: sockets}, func(ctx context.Context, _ struct{}) (int, error) {
			n, err := api.Sessions.EndAll(ctx, "7")
			if err != nil {
				return 0, err
			}
			return n, api.WebSocket.Disconnect(ctx, server.Subject("7"))
		})
		keryx.Handle(api, keryx.Action{Name: "hang", Only: sockets}, func(ctx context.Context, _ struct{}) (string, error) {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return "", context.Cause(ctx)
		})
		return api
	}
}

// TestDisconnect has two nodes: all sockets of a user end, on both, whether they have
// done anything, hang, have logged in themselves, or rest on a session that has ended.
func TestDisconnect(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	defer http.DefaultClient.CloseIdleConnections()
	redistest.Each(t, func(t *testing.T, url string) {
		release := make(chan struct{})
		defer close(release)
		o := keryxtest.Options{NoDatabase: true, Env: map[string]string{"REDIS_URL": url, "LOG_LEVEL": "warn"}}
		one, two := keryxtest.Start(t, leavers(release), o), keryxtest.Start(t, leavers(release), o)
		var going, staying []*client
		for _, app := range []*keryxtest.App{one, two} {
			cookie := logIn(t, one)
			idle, busy, late := dial(t, app, "Cookie", cookie), dial(t, app, "Cookie", cookie), dial(t, app)
			busy.say(`{"messageType":"action","action":"hang"}`)
			late.ask(`{"messageType":"action","action":"log-in","params":{"userId":7}}`, `"userId":7`)
			gone := logIn(t, one)
			ended := dial(t, app, "Cookie", gone)
			logOut(t, one, gone)
			going = append(going, idle, busy, late, ended)

			other := dial(t, app)
			other.ask(`{"messageType":"action","action":"log-in","params":{"userId":77}}`, `"userId":77`)
			staying = append(staying, other, dial(t, app), dial(t, app, "Authorization", "Bearer good"))
		}
		leaver := dial(t, two, "Cookie", logIn(t, one))
		leaver.say(`{"messageType":"action","action":"leave","messageId":1}`)
		leaver.hearAbout(`{"messageId":1,"response":5}`) // answered before it is closed
		for _, c := range append(going, leaver) {
			c.ends(websocket.StatusPolicyViolation)
		}
		for _, c := range staying {
			c.ask(`{"messageType":"action","action":"nothing"}`, "CONNECTION_ACTION_NOT_FOUND")
		}
		if err := one.WebSocket.Disconnect(t.Context(), server.Subject("robot")); err != nil {
			t.Fatal(err)
		}
		for i, c := range staying {
			if i%3 == 2 {
				c.ends(websocket.StatusPolicyViolation)
			} else {
				c.ask(`{"messageType":"action","action":"nothing"}`, "CONNECTION_ACTION_NOT_FOUND")
			}
		}
		if left, err := one.Sessions.Of(t.Context(), "7"); err != nil || len(left) > 0 {
			t.Errorf("%d sessions are left, %v", len(left), err)
		}
		// What comes after it stays, also on a node that starts again.
		if err := two.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		fresh := dial(t, one, "Cookie", logIn(t, one))
		if err := two.WebSocket.Disconnect(t.Context(), server.Subject("")); err != nil {
			t.Error(err)
		}
		fresh.ask(`{"messageType":"action","action":"me"}`, `"7"`)
	})
}

// staff is the app of guarded with a channel whose members a variable decides about, and
// a predicate.
func staff(allowed *atomic.Bool) func(keryx.Options) *keryx.API {
	return func(o keryx.Options) *keryx.API {
		api := guarded(time.Time{})(o)
		server.SetRightsInterval(api.WebSocket, time.Hour) // only an order ends a subscription in time
		api.Channels.Handle(channel.Channel{Name: "staff", Authorize: func(context.Context, *channel.Join) error {
			if !allowed.Load() {
				return fault.Forbidden("Staff only")
			}
			return nil
		}})
		api.WebSocket.Predicate("agent", func(ctx context.Context, argument string) bool {
			return connection.From(ctx).Header.Get("User-Agent") == argument
		})
		return api
	}
}

// idOf returns the id of a session's cookie.
func idOf(cookie string) string { return strings.TrimPrefix(cookie, "__session=") }

// TestOrders has two nodes, and orders of one of them reach the sockets of both. The
// subscriptions of others stay.
func TestOrders(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	defer http.DefaultClient.CloseIdleConnections()
	redistest.Each(t, func(t *testing.T, url string) {
		var allowed atomic.Bool
		allowed.Store(true)
		o := keryxtest.Options{NoDatabase: true, Env: map[string]string{"REDIS_URL": url, "LOG_LEVEL": "warn"}}
		one, two := keryxtest.Start(t, staff(&allowed), o), keryxtest.Start(t, staff(&allowed), o)
		in := func(c *client, channels ...string) *client {
			t.Helper()
			for _, name := range channels {
				c.say(`{"messageType":"subscribe","channel":"` + name + `"}`)
				c.hearAbout(`{"subscribed":{"channel":"` + name + `"}}`)
			}
			return c
		}
		out := func(c *client, name, why string) {
			t.Helper()
			if got := c.hearAbout(`"unsubscribed"`); !strings.Contains(got, `{"channel":"`+name+`"}`) || !strings.Contains(got, why) {
				t.Errorf("got %s, want %s: %s", got, name, why)
			}
		}
		has := func(c *client, name string) {
			t.Helper()
			c.say(`{"messageType":"unsubscribe","channel":"` + name + `"}`)
			c.hearAbout(`{"unsubscribed":{"channel":"` + name + `"}}`)
		}
		for _, app := range []*keryxtest.App{one, two} {
			cookie, other := logIn(t, one), logIn(t, one)

			// A logout ends what the socket hears, where Authorize says so.
			c, staying := in(dial(t, app, "Cookie", cookie), "members", "public"), in(dial(t, app, "Cookie", other), "members", "staff")
			logOut(t, one, cookie)
			out(c, "members", "Log in first")
			has(c, "public")

			// So does a session that gets another id.
			renewed := logIn(t, one)
			c = in(dial(t, app, "Cookie", renewed), "members")
			logInAgain(t, one, renewed)
			out(c, "members", "Log in first")

			// Evicted from one channel, and back again.
			if err := one.WebSocket.Evict(t.Context(), "members", server.Session(idOf(other))); err != nil {
				t.Fatal(err)
			}
			out(staying, "members", "You were taken out of the channel")
			in(staying, "members")

			// Another role.
			robot := in(dial(t, app, "Authorization", "Bearer good"), "staff", "members")
			allowed.Store(false)
			if err := one.WebSocket.Recheck(t.Context(), server.Subject("robot")); err != nil {
				t.Fatal(err)
			}
			out(robot, "staff", "Staff only")
			has(robot, "members")
			has(staying, "staff")
			allowed.Store(true)

			// What the app asks about.
			agent, plain := dial(t, app, "User-Agent", "bad"), dial(t, app)
			if err := one.WebSocket.Disconnect(t.Context(), server.Matching("agent", "bad")); err != nil {
				t.Fatal(err)
			}
			agent.ends(websocket.StatusPolicyViolation)
			if err := one.WebSocket.Disconnect(t.Context(), server.Session(idOf(other))); err != nil {
				t.Fatal(err)
			}
			staying.ends(websocket.StatusPolicyViolation)
			for _, each := range []*client{plain, c, robot} {
				each.ask(`{"messageType":"action","action":"nothing"}`, "CONNECTION_ACTION_NOT_FOUND")
			}
		}
		if err := one.WebSocket.Disconnect(t.Context(), server.Matching("nothing", "")); err == nil || !strings.Contains(err.Error(), `no predicate "nothing"`) {
			t.Errorf("an unknown predicate: %v", err)
		}
	})
}

// TestRecheckDuringADecision: the app is asked again about a subscription that it was
// deciding about when what it looks at changed.
func TestRecheckDuringADecision(t *testing.T) {
	t.Parallel()
	asked, decide := make(chan struct{}), make(chan error)
	create := func(o keryx.Options) *keryx.API {
		api := guarded(time.Time{})(o)
		server.SetRightsInterval(api.WebSocket, time.Hour)
		api.Channels.Handle(channel.Channel{Name: "slow", Authorize: func(context.Context, *channel.Join) error {
			asked <- struct{}{}
			return <-decide
		}})
		return api
	}
	app := keryxtest.Start(t, create, keryxtest.Options{NoDatabase: true, Env: map[string]string{"LOG_LEVEL": "warn"}})
	c := dial(t, app, "Authorization", "Bearer good")
	c.say(`{"messageType":"subscribe","channel":"slow"}`)
	<-asked
	if err := app.WebSocket.Recheck(t.Context(), server.Subject("robot")); err != nil {
		t.Fatal(err)
	}
	decide <- nil
	c.hearAbout(`{"subscribed":{"channel":"slow"}}`)
	<-asked
	decide <- fault.Forbidden("Not any more")
	if got := c.hearAbout(`"unsubscribed"`); !strings.Contains(got, "Not any more") {
		t.Error(got)
	}
}

// TestPredicates: a name is defined once, before the app starts.
func TestPredicates(t *testing.T) {
	all := func(context.Context, string) bool { return true }
	panics := func(api *keryx.API, want, name string, p server.Predicate) {
		t.Helper()
		defer func() {
			if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
				t.Errorf("panic %s, want %s", got, want)
			}
		}()
		api.WebSocket.Predicate(name, p)
	}
	create := func(o keryx.Options) *keryx.API {
		api := staff(new(atomic.Bool))(o)
		panics(api, "is defined twice", "agent", all)
		panics(api, "needs a name and a function", "", all)
		panics(api, "needs a name and a function", "none", nil)
		return api
	}
	app := keryxtest.Start(t, create, keryxtest.Options{NoDatabase: true})
	panics(app.API, "the app has started", "late", all)
}
