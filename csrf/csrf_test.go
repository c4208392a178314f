package csrf_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/csrf"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func dial(tb testing.TB, url string) *goredis.Client {
	tb.Helper()
	o, err := goredis.ParseURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	o.ContextTimeoutEnabled, o.DialerRetries, o.MaxRetries = true, 1, -1
	c := goredis.NewClient(o)
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

type createInput struct {
	Body string `json:"body"`
	csrf.Input
}

// app has an action that gives tokens, and some that are guarded.
type app struct {
	tb       testing.TB
	client   *goredis.Client
	sessions *session.Store
	actions  *action.Registry
	cookie   string
}

func newApp(tb testing.TB, url string) *app {
	a := &app{tb: tb, client: dial(tb, url), actions: action.NewRegistry(action.Options{HideInternals: true})}
	connections := &redis.Connections{Client: a.client}
	a.sessions = session.NewStore(session.Options{Redis: connections})
	tokens := csrf.New(csrf.Options{Redis: connections})
	guarded := func(name string) action.Action {
		return action.Action{Name: name, Middleware: []action.Middleware{tokens.Require}}
	}
	action.Handle(a.actions, action.Action{Name: "csrf:token"}, func(ctx context.Context, _ struct{}) (string, error) { return tokens.Token(ctx) })
	action.Handle(a.actions, guarded("create"), func(_ context.Context, in createInput) (string, error) { return in.Body, nil })
	action.Handle(a.actions, guarded("mistake"), func(context.Context, struct{}) (string, error) { return "", nil })
	return a
}

// within calls f in a request with the cookie, and takes over that of the reply.
func (a *app) within(f func(context.Context)) {
	c := &connection.Connection{Transport: connection.Web, Header: http.Header{"Cookie": {a.cookie}}}
	f(a.sessions.Attach(connection.With(a.tb.Context(), c)))
	h := http.Header{}
	c.WriteReply(h)
	if sent := h.Get("Set-Cookie"); sent != "" {
		a.cookie, _, _ = strings.Cut(sent, ";")
	}
}

func (a *app) call(name string, params action.Params) (result string, failure *fault.Error) {
	a.within(func(ctx context.Context) {
		response, err := a.actions.Find(name).Serve(ctx, params)
		if failure = err; err == nil {
			result = strings.Trim(string(response.JSON), `"`)
		}
	})
	return result, failure
}

func (a *app) login() {
	a.tb.Helper()
	a.within(func(ctx context.Context) {
		if err := session.Renew(ctx, func(m *map[string]int) error { (*m)["userId"] = 1; return nil }); err != nil {
			a.tb.Fatal(err)
		}
	})
}

func (a *app) token() string {
	a.tb.Helper()
	token, err := a.call("csrf:token", nil)
	if err != nil {
		a.tb.Fatal(err)
	}
	return token
}

func (a *app) refused(params action.Params, message string) {
	a.tb.Helper()
	result, err := a.call("create", params)
	if err == nil || err.Type != fault.ConnectionChannelAuthorization || err.Message != message || err.HTTPStatus() != http.StatusForbidden {
		a.tb.Errorf("%v: %s, %v, want %s", params, result, err, message)
	}
}

func sends(token any) action.Params { return action.Params{"body": "hello", "csrfToken": token} }

func TestTokens(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		a := newApp(t, url)
		if _, err := a.call("csrf:token", nil); err == nil || err.Type != fault.ConnectionSessionNotFound {
			t.Errorf("a token without a session: %v", err)
		}
		a.refused(sends("x"), "CSRF token invalid")
		a.login()
		a.refused(action.Params{"body": "hello"}, "CSRF token missing")
		a.refused(sends(""), "CSRF token missing")
		a.refused(sends("x"), "CSRF token invalid") // before there is one

		token := a.token()
		if a.token() != token || len(token) < 26 {
			t.Errorf("the tokens are %q and %q", token, a.token())
		}
		if got, err := a.call("create", sends(token)); got != "hello" || err != nil {
			t.Errorf("%s, %v", got, err)
		}
		if got, err := a.call("create", action.Params{"body": "again", "csrfToken": action.Text{token}}); got != "again" || err != nil {
			t.Errorf("from a form: %s, %v", got, err)
		}
		for _, wrong := range []string{"x", token[1:], token + "x", strings.ToLower(token), strings.Repeat("x", 1<<16), " " + token} {
			a.refused(sends(wrong), "CSRF token invalid")
		}
		_, id, _ := strings.Cut(a.cookie, "=")
		if got := a.client.Get(t.Context(), "csrf:token:"+id).Val(); got != token {
			t.Errorf("redis holds %q", got)
		}
		a.client.PExpire(t.Context(), "csrf:token:"+id, time.Minute)
		_ = a.token()
		if ttl := a.client.PTTL(t.Context(), "csrf:token:"+id).Val(); ttl < 59*time.Minute || ttl > time.Hour {
			t.Errorf("it lives for %v", ttl)
		}

		other := newApp(t, url)
		other.login()
		other.refused(sends(token), "CSRF token invalid")
		if other.token() == token {
			t.Error("two sessions have one token")
		}

		before := a.cookie
		a.login() // another id for the session
		a.refused(sends(token), "CSRF token invalid")
		if a.token() == token {
			t.Error("the new session has the old token")
		}
		a.cookie = before
		a.refused(sends(token), "CSRF token invalid")

		a.login()
		token = a.token()
		a.within(func(ctx context.Context) {
			if err := session.From(ctx).Destroy(ctx); err != nil {
				t.Error(err)
			}
		})
		a.refused(sends(token), "CSRF token invalid")
	})
}

// TestConcurrentTokens: concurrent requests get the same token.
func TestConcurrentTokens(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		first := newApp(t, url)
		first.login()
		var all sync.WaitGroup
		got := make([]string, 16)
		for i := range got {
			a := *first
			all.Go(func() { got[i], _ = a.call("csrf:token", nil) })
		}
		all.Wait()
		for _, token := range got {
			if token != got[0] || token == "" {
				t.Fatalf("the tokens are %q", got)
			}
		}
	})
}

// TestOtherTransports are let through, also where the guard is a mistake.
func TestOtherTransports(t *testing.T) {
	a := newApp(t, redistest.Start(t).URL())
	for _, transport := range []string{connection.WebSocket, connection.CLI, connection.Internal} {
		ctx := a.sessions.Attach(connection.With(t.Context(), &connection.Connection{Transport: transport}))
		if _, err := a.actions.Find("create").Serve(ctx, action.Params{"body": "hello"}); err != nil {
			t.Errorf("%s: %v", transport, err)
		}
	}
}

func TestInputs(t *testing.T) {
	a := newApp(t, redistest.Start(t).URL())
	a.login()
	token := a.token()
	if _, err := a.call("mistake", action.Params{"csrfToken": token}); err == nil || err.Type != fault.ConnectionServerError ||
		!strings.Contains(fmt.Sprint(err.Err), "mistake does not embed csrf.Input") {
		t.Errorf("an input that has no token: %v", err)
	}
	for _, field := range a.actions.Find("create").Inputs() {
		if field.Name == "csrfToken" && (field.Required || !field.Secret) {
			t.Errorf("%+v", field)
		}
	}
}

// TestOutage: without Redis every request is refused, with the error of a server, not
// of a client.
func TestOutage(t *testing.T) {
	s := redistest.Start(t)
	a := newApp(t, s.URL())
	a.login()
	token := a.token()
	s.Kill()
	for _, name := range []string{"create", "csrf:token"} {
		if got, err := a.call(name, sends(token)); err == nil || err.Type != fault.ConnectionServerError {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	s.Restart()
	a.login()
	_, id, _ := strings.Cut(a.cookie, "=")
	a.client.HSet(t.Context(), "csrf:token:"+id, "not", "a token")
	for _, name := range []string{"create", "csrf:token"} {
		if got, err := a.call(name, sends(token)); err == nil || err.Type != fault.ConnectionServerError {
			t.Errorf("%s, with garbage in Redis: %s, %v", name, got, err)
		}
	}
	if _, err := csrf.New(csrf.Options{}).Token(a.sessions.Attach(t.Context())); err == nil {
		t.Error("a token without a session")
	}
}

// cookieKey is an authenticator of the app's own that reads a cookie.
type cookieKey struct{}

func (cookieKey) Challenge() string { return "" }

func (cookieKey) Authenticate(_ context.Context, c *connection.Connection) (*auth.Identity, error) {
	if c.Header.Get("Cookie") != "key=good" {
		return nil, nil
	}
	return &auth.Identity{Subject: "7", Via: "key"}, nil
}

// TestWhatABrowserDoesNotSend: a bearer token needs no CSRF token, and a cookie does,
// whatever has read it.
func TestWhatABrowserDoesNotSend(t *testing.T) {
	a := newApp(t, redistest.Start(t).URL())
	bearer := auth.Bearer(func(_ context.Context, token string) (*auth.Identity, error) {
		return &auth.Identity{Subject: "7", Via: "key"}, nil
	})
	who := auth.New(auth.Options{Sessions: a.sessions, Authenticators: []auth.Authenticator{cookieKey{}, bearer}})
	a.login()
	for _, test := range []struct {
		cookie, authorization, want string
	}{
		{"", "Bearer x", ""},
		{"key=good", "", "CSRF token missing"},
		{"key=good", "Bearer x", "CSRF token missing"}, // the cookie has proved it
		{a.cookie, "", "CSRF token missing"},
		{a.cookie, "Bearer x", "CSRF token missing"}, // the session has
		{"", "", "CSRF token missing"},
	} {
		c := &connection.Connection{Transport: connection.Web, Header: http.Header{}}
		for name, value := range map[string]string{"Cookie": test.cookie, "Authorization": test.authorization} {
			if value != "" {
				c.Header.Set(name, value)
			}
		}
		_, err := a.actions.Find("create").Serve(who.Attach(connection.With(t.Context(), c)), action.Params{"body": "hello"})
		got := ""
		if err != nil {
			got = err.Message
		}
		if got != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}
