package websocket_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
	"github.com/keryx-go/keryx/session"
	server "github.com/keryx-go/keryx/websocket"
)

// rightsInterval is short, because the tests wait for the next check.
const rightsInterval = 100 * time.Millisecond

// guarded is an app with logins, tokens, and a channel for members.
func guarded(expires time.Time) func(keryx.Options) *keryx.API {
	return func(o keryx.Options) *keryx.API {
		o.Authenticators = []auth.Authenticator{auth.Bearer(func(_ context.Context, token string) (*auth.Identity, error) {
			if token != "good" {
				return nil, nil
			}
			return &auth.Identity{Subject: "robot", Expires: expires}, nil
		})}
		api := keryx.New(o)
		server.SetRightsInterval(api.WebSocket, rightsInterval)
		keryx.Handle(api, keryx.Action{Name: "log-in", Web: keryx.POST("/log-in")}, func(ctx context.Context, in account) (account, error) {
			return in, session.Renew(ctx, func(a *account) error { *a = in; return nil })
		})
		keryx.Handle(api, keryx.Action{Name: "log-out", Web: keryx.POST("/log-out")}, func(ctx context.Context, _ struct{}) (string, error) {
			return "bye", session.From(ctx).Destroy(ctx)
		})
		keryx.Handle(api.Group(auth.Require), keryx.Action{Name: "me", Web: keryx.GET("/me")}, func(ctx context.Context, _ struct{}) (string, error) {
			i, err := auth.From(ctx)
			return i.Subject, err
		})
		member := func(ctx context.Context, _ *channel.Join) error {
			i, err := auth.From(ctx)
			if err == nil && i == nil {
				err = fault.Unauthorized("Log in first")
			}
			return err
		}
		api.Channels.Handle(channel.Channel{Name: "members", Authorize: member, PresenceKey: func(ctx context.Context, _ *channel.Join) (string, error) {
			i, err := auth.From(ctx)
			return i.Subject, err
		}})
		api.Channels.Handle(channel.Channel{Name: "public"})
		return api
	}
}

// hearAbout returns the next message with a text in it; the others are about who is
// there.
func (c *client) hearAbout(text string) string {
	c.t.Helper()
	for {
		if got := c.hear(); strings.Contains(got, text) {
			return got
		}
	}
}

func logIn(t *testing.T, app *keryxtest.App) (cookie string) {
	t.Helper()
	response, err := http.Post(app.URL+"/api/log-in", "application/json", strings.NewReader(`{"userId":7}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	cookie, _, _ = strings.Cut(response.Header.Get("Set-Cookie"), ";")
	return cookie
}

func logOut(t *testing.T, app *keryxtest.App, cookie string) {
	t.Helper()
	post(t, app, "/api/log-out", cookie, "")
}

// logInAgain gives a session another id.
func logInAgain(t *testing.T, app *keryxtest.App, cookie string) {
	t.Helper()
	post(t, app, "/api/log-in", cookie, `{"userId":7}`)
}

func post(t *testing.T, app *keryxtest.App, path, cookie, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

// TestRightsEndWithTheSession has two nodes: a logout on one takes the rights of a
// socket on the other, and nothing else.
func TestRightsEndWithTheSession(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	url := redistest.Start(t).URL()
	o := keryxtest.Options{NoDatabase: true, Env: map[string]string{"REDIS_URL": url, "LOG_LEVEL": "warn"}}
	one, two := keryxtest.Start(t, guarded(time.Time{}), o), keryxtest.Start(t, guarded(time.Time{}), o)
	cookie, other := logIn(t, one), logIn(t, one)
	c, staying := dial(t, two, "Cookie", cookie), dial(t, two, "Cookie", other)
	for _, each := range []*client{c, staying} {
		for _, name := range []string{"members", "public"} {
			each.say(`{"messageType":"subscribe","channel":"` + name + `"}`)
			each.hearAbout(`{"subscribed":{"channel":"` + name + `"}}`)
		}
	}
	c.say(`{"messageType":"action","action":"me"}`)
	c.hearAbout(`{"response":"7"}`)

	logOut(t, one, cookie)
	got := c.hearAbout(`"unsubscribed"`)
	if !strings.HasPrefix(got, `{"unsubscribed":{"channel":"members"},"error":{"message":"Log in first","type":"CONNECTION_SESSION_NOT_FOUND"`) {
		t.Error(got)
	}
	if err := one.Channels.Broadcast(t.Context(), "members", "for members", ""); err != nil {
		t.Fatal(err)
	}
	if err := one.Channels.Broadcast(t.Context(), "public", "for all", ""); err != nil {
		t.Fatal(err)
	}
	staying.hearAbout("for members")
	for got = ""; !strings.Contains(got, "for all"); {
		if got = c.hear(); strings.Contains(got, "for members") {
			t.Error("a socket without rights gets messages of the channel")
		}
	}
	c.say(`{"messageType":"action","action":"me"}`)
	c.hearAbout("CONNECTION_SESSION_NOT_FOUND")
	c.say(`{"messageType":"subscribe","channel":"members"}`)
	c.hearAbout("Log in first")
	staying.say(`{"messageType":"action","action":"me"}`)
	staying.hearAbout(`{"response":"7"}`)

	// The socket logs in itself, and out.
	c.say(`{"messageType":"action","action":"log-in","params":{"userId":8}}`)
	c.hearAbout(`{"response":{"userId":8}}`)
	c.say(`{"messageType":"subscribe","channel":"members"}`)
	c.hearAbout(`{"subscribed":{"channel":"members"}}`)
	c.say(`{"messageType":"action","action":"log-in","params":{"userId":9}}`)
	c.hearAbout("The member has changed; subscribe again")
	c.say(`{"messageType":"subscribe","channel":"members"}`)
	c.hearAbout(`{"subscribed":{"channel":"members"}}`)
	c.say(`{"messageType":"action","action":"log-out"}`)
	c.hearAbout("Log in first")
}

// TestRightsEndWithTheToken has a token that ends while the socket is open.
func TestRightsEndWithTheToken(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	app := keryxtest.Start(t, guarded(time.Now().Add(3*time.Second)), keryxtest.Options{NoDatabase: true, Embedded: true})
	c := dial(t, app, "Authorization", "Bearer good")
	c.say(`{"messageType":"subscribe","channel":"members"}`)
	c.hearAbout(`{"subscribed":{"channel":"members"}}`)
	c.say(`{"messageType":"action","action":"me"}`)
	c.hearAbout(`{"response":"robot"}`)
	c.hearAbout("The token has expired")
	c.say(`{"messageType":"action","action":"me"}`)
	c.hearAbout("The token has expired")
	c.say(`{"messageType":"subscribe","channel":"public","messageId":1}`)
	c.hearAbout(`{"messageId":1,"error":{"message":"The token has expired"`)
}

func TestUpgradeWithABadToken(t *testing.T) {
	app := keryxtest.Start(t, guarded(time.Time{}), keryxtest.Options{NoDatabase: true, Embedded: true})
	_, response, err := websocket.Dial(t.Context(), address(app), &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer bad"}}})
	if err == nil || response == nil || response.StatusCode != http.StatusUnauthorized || response.Header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
		t.Errorf("%v, %+v", err, response)
	}
}

// TestAnOpenChannelIsCheckedOnce: a session that has ended allows nothing, and an
// app that lets its socket stay is not asked again at every interval.
func TestAnOpenChannelIsCheckedOnce(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	var asked atomic.Int64
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := guarded(time.Time{})(o)
		api.Channels.Handle(channel.Channel{Name: "open", Authorize: func(context.Context, *channel.Join) error {
			asked.Add(1)
			return nil
		}})
		return api
	}, keryxtest.Options{NoDatabase: true, Embedded: true})
	cookie := logIn(t, app)
	logOut(t, app, cookie)
	stale, clock := dial(t, app, "Cookie", cookie), dial(t, app)
	stale.say(`{"messageType":"subscribe","channel":"open"}`)
	stale.hearAbout(`{"subscribed":{"channel":"open"}}`)
	for i := range 4 { // each is an interval: the user of the other socket changes
		clock.say(fmt.Sprintf(`{"messageType":"action","action":"log-in","params":{"userId":%d}}`, 10+2*i))
		clock.hearAbout("response")
		clock.say(`{"messageType":"subscribe","channel":"members"}`)
		clock.hearAbout(`{"subscribed":{"channel":"members"}}`)
		clock.say(fmt.Sprintf(`{"messageType":"action","action":"log-in","params":{"userId":%d}}`, 11+2*i))
		clock.hearAbout("The member has changed")
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("the app was asked %d times: when the socket subscribed, and once when its session was found to have ended", n)
	}
}

// gated is guarded, with a channel whose Authorize is the test's.
func gated(authorize func(context.Context) error) func(keryx.Options) *keryx.API {
	return func(o keryx.Options) *keryx.API {
		api := guarded(time.Time{})(o)
		api.Channels.Handle(channel.Channel{Name: "gated", Authorize: func(ctx context.Context, _ *channel.Join) error { return authorize(ctx) }})
		return api
	}
}

// TestALoginWhileASubscriptionIsDecided: the subscription rests on the session that
// Authorize has found, not on that of the time before.
func TestALoginWhileASubscriptionIsDecided(t *testing.T) {
	asked, loggedIn := make(chan struct{}, 1), make(chan struct{})
	app := keryxtest.Start(t, gated(func(ctx context.Context) error {
		select {
		case asked <- struct{}{}:
			<-loggedIn
		default:
		}
		i, err := auth.From(ctx)
		if err == nil && i == nil {
			err = fault.Unauthorized("Log in first")
		}
		return err
	}), keryxtest.Options{NoDatabase: true, Embedded: true})
	c := dial(t, app)
	c.say(`{"messageType":"subscribe","channel":"gated"}`)
	for len(asked) == 0 && t.Context().Err() == nil {
		runtime.Gosched()
	}
	c.say(`{"messageType":"action","action":"log-in","params":{"userId":7}}`)
	c.hearAbout(`{"response":{"userId":7}}`)
	close(loggedIn)
	c.hearAbout(`{"subscribed":{"channel":"gated"}}`)
	c.say(`{"messageType":"action","action":"log-out"}`)
	c.hearAbout(`{"unsubscribed":{"channel":"gated"},"error":{"message":"Log in first"`)
}

// TestASubscriptionMadeAnewWhileItIsChecked: what the client wants meanwhile has its
// turn afterwards, so the end of the old subscription is not that of the new one.
func TestASubscriptionMadeAnewWhileItIsChecked(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	var calls atomic.Int64
	checking, refuse := make(chan struct{}), make(chan struct{})
	app := keryxtest.Start(t, gated(func(context.Context) error {
		if calls.Add(1) != 2 {
			return nil
		}
		close(checking)
		<-refuse
		return fault.Unauthorized("Log in first")
	}), keryxtest.Options{NoDatabase: true, Embedded: true})
	cookie := logIn(t, app)
	c := dial(t, app, "Cookie", cookie)
	c.say(`{"messageType":"subscribe","channel":"gated"}`)
	c.hearAbout(`{"subscribed":{"channel":"gated"}}`)
	logOut(t, app, cookie)
	<-checking
	c.say(`{"messageType":"unsubscribe","channel":"gated","messageId":1}`)
	c.say(`{"messageType":"subscribe","channel":"gated","messageId":2}`)
	c.say(`{"messageType":"action","action":"me","messageId":3}`)
	c.hearAbout(`{"messageId":3,`) // the others have been read by now
	close(refuse)
	c.hearAbout(`{"unsubscribed":{"channel":"gated"},"error":{"message":"Log in first"`)
	c.hearAbout(`{"messageId":1,"error":{"message":"not subscribed to this channel"`)
	c.hearAbout(`{"messageId":2,"subscribed":{"channel":"gated"}}`)
	if err := app.Channels.Broadcast(t.Context(), "gated", "for who has come back", ""); err != nil {
		t.Fatal(err)
	}
	c.hearAbout("for who has come back")
}
