package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

// keys are tokens with the identities that they prove.
func keys(_ context.Context, token string) (*auth.Identity, error) {
	switch token {
	case "reader":
		return &auth.Identity{Subject: "7", Scopes: []string{"orders:read"}}, nil
	case "writer":
		return &auth.Identity{Subject: "8", Scopes: []string{"orders:read", "orders:write"}, Roles: []string{"staff"}, Via: "key"}, nil
	case "old":
		return &auth.Identity{Subject: "9", Expires: time.Now().Add(-time.Second)}, nil
	case "empty":
		return &auth.Identity{}, nil
	case "broken":
		return nil, errors.New("the database does not answer")
	case "banned":
		return nil, fault.Forbidden("The key is banned")
	}
	return nil, nil
}

// service is an app with sessions, tokens and actions.
type service struct {
	t        *testing.T
	auth     *auth.Auth
	actions  *action.Registry
	sessions *session.Store
	redis    *miniredis.Miniredis
}

func newService(t *testing.T, authenticators ...auth.Authenticator) *service {
	server := miniredis.RunT(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DialerRetries: 1, MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	s := &service{t: t, redis: server, sessions: session.NewStore(session.Options{Redis: &redis.Connections{Client: client}})}
	s.auth = auth.New(auth.Options{Sessions: s.sessions, Authenticators: authenticators})
	s.actions = action.NewRegistry(action.Options{HideInternals: true})
	s.actions.Use(s.auth.Middleware)
	who := func(ctx context.Context, _ struct{}) (string, error) {
		i, err := auth.From(ctx)
		if i == nil {
			return "nobody", err
		}
		return fmt.Sprintf("%s by %s", i.Subject, i.Via), err
	}
	action.Handle(s.actions, action.Action{Name: "open"}, func(context.Context, struct{}) (string, error) { return "open", nil })
	action.Handle(s.actions, action.Action{Name: "who"}, who)
	action.Handle(s.actions.Group(auth.Require), action.Action{Name: "members"}, who)
	action.Handle(s.actions.Group(auth.RequireScope("orders:read", "orders:write")), action.Action{Name: "write"}, who)
	action.Handle(s.actions.Group(auth.RequireRole("admin", "staff")), action.Action{Name: "staff"}, who)
	return s
}

// call runs an action for a caller with these headers, and returns the result, or
// the status and the challenge.
func (s *service) call(name string, headers ...string) string {
	c := &connection.Connection{Transport: connection.Web, Header: http.Header{}}
	for i := 0; i < len(headers); i += 2 {
		c.Header.Add(headers[i], headers[i+1])
	}
	response, err := s.actions.Find(name).Serve(s.auth.Attach(connection.With(s.t.Context(), c)), nil)
	reply := http.Header{}
	c.WriteReply(reply)
	if err != nil {
		return strings.TrimSpace(fmt.Sprintf("%d %s", err.HTTPStatus(), reply.Get("WWW-Authenticate")))
	}
	return strings.Trim(string(response.JSON), `"`)
}

// login returns the cookie of a new session.
func (s *service) login(data map[string]any) string {
	c := &connection.Connection{}
	ctx := s.sessions.Attach(connection.With(s.t.Context(), c))
	if err := session.Renew(ctx, func(d *map[string]any) error { *d = data; return nil }); err != nil {
		s.t.Fatal(err)
	}
	h := http.Header{}
	c.WriteReply(h)
	cookie, _, _ := strings.Cut(h.Get("Set-Cookie"), ";")
	return cookie
}

func TestTokensAndSessions(t *testing.T) {
	s := newService(t, auth.Bearer(keys))
	cookie := s.login(map[string]any{"userId": 5})
	staff := s.login(map[string]any{"userId": "ada", "roles": []string{"staff"}})
	const invalid = `401 Bearer error="invalid_token"`
	for _, test := range []struct {
		action  string
		headers []string
		want    string
	}{
		{"open", nil, "open"},
		{"who", nil, "nobody"},
		{"members", nil, "401 Bearer"},
		{"members", []string{"Authorization", "Bearer reader"}, "7 by bearer"},
		{"members", []string{"Authorization", "bEARER   reader"}, "7 by bearer"},
		{"members", []string{"Authorization", "Basic cmVhZGVy"}, "401 Bearer"},
		{"members", []string{"Cookie", cookie}, "5 by session"},
		{"members", []string{"Cookie", cookie, "Authorization", "Bearer writer"}, "5 by session"},
		{"open", []string{"Authorization", "Bearer wrong"}, invalid},
		{"open", []string{"Authorization", "Bearer"}, invalid},
		{"open", []string{"Authorization", "Bearer a b"}, invalid},
		{"open", []string{"Authorization", "Bearer reader", "Authorization", "Bearer reader"}, invalid},
		{"open", []string{"Authorization", "Bearer old"}, invalid},
		{"open", []string{"Authorization", "Bearer empty"}, invalid},
		{"open", []string{"Cookie", cookie, "Authorization", "Bearer wrong"}, invalid},
		{"open", []string{"Authorization", "Bearer broken"}, "500"},
		{"open", []string{"Authorization", "Bearer banned"}, "403"},
		{"write", nil, "401 Bearer"},
		{"write", []string{"Authorization", "Bearer reader"}, `403 Bearer error="insufficient_scope", scope="orders:read orders:write"`},
		{"write", []string{"Authorization", "Bearer writer"}, "8 by key"},
		{"write", []string{"Cookie", cookie}, "5 by session"}, // a token limits, a session does not
		{"staff", []string{"Cookie", cookie}, "403"},
		{"staff", []string{"Cookie", staff}, "ada by session"},
		{"staff", []string{"Authorization", "Bearer writer"}, "8 by key"},
		{"staff", []string{"Authorization", "Bearer reader"}, "403"},
		// A token is no session, and a session no token.
		{"who", []string{"Cookie", "__session=reader"}, "nobody"},
		{"open", []string{"Authorization", "Bearer " + strings.TrimPrefix(cookie, "__session=")}, invalid},
	} {
		if got := s.call(test.action, test.headers...); got != test.want {
			t.Errorf("%s %v: got %s, want %s", test.action, test.headers, got, test.want)
		}
	}
	s.redis.Close()
	if got := s.call("members", "Cookie", cookie); got != "500" {
		t.Errorf("without Redis: %s", got)
	}
}

// TestWithoutAuthenticators: a bearer token means nothing, and is not asked for.
func TestWithoutAuthenticators(t *testing.T) {
	s := newService(t)
	for _, headers := range [][]string{nil, {"Authorization", "Bearer reader"}} {
		if got := s.call("members", headers...); got != "401" {
			t.Errorf("%v: %s", headers, got)
		}
		if got := s.call("open", headers...); got != "open" {
			t.Errorf("%v: %s", headers, got)
		}
	}
}

// TestOneAnswerForOneConnection: the authenticator is asked once, unless its answer
// was about itself.
func TestOneAnswerForOneConnection(t *testing.T) {
	asked := 0
	var answer error
	s := newService(t, auth.Bearer(func(context.Context, string) (*auth.Identity, error) {
		asked++
		return &auth.Identity{Subject: "7", Expires: time.Now().Add(time.Hour)}, answer
	}))
	c := &connection.Connection{Transport: connection.WebSocket, Header: http.Header{"Authorization": {"Bearer x"}}}
	ctx := func() context.Context { return s.auth.Attach(connection.With(t.Context(), c)) } // of one message
	answer = errors.New("no database")
	if _, err := auth.From(ctx()); err == nil {
		t.Error("a failure is an anonymous caller")
	}
	answer = nil
	for range 3 {
		if i, err := auth.From(ctx()); err != nil || i.Subject != "7" {
			t.Errorf("%v, %v", i, err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

// TestACallThatWaitsForAnAnswer leaves when its context ends.
func TestACallThatWaitsForAnAnswer(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	s := newService(t, auth.Bearer(func(context.Context, string) (*auth.Identity, error) {
		close(asked)
		<-answer
		return &auth.Identity{Subject: "7"}, nil
	}))
	c := &connection.Connection{Transport: connection.WebSocket, Header: http.Header{"Authorization": {"Bearer x"}}}
	first := make(chan error)
	go func() {
		_, err := auth.From(s.auth.Attach(connection.With(t.Context(), c)))
		first <- err
	}()
	<-asked
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := auth.From(s.auth.Attach(connection.With(gone, c))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(answer)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// TestAnAuthenticatorThatAsks: to what an authenticator does itself, such as an action
// that finds a key or a limit on guesses, the caller is anonymous.
func TestAnAuthenticatorThatAsks(t *testing.T) {
	var s *service
	s = newService(t, auth.Bearer(func(ctx context.Context, token string) (*auth.Identity, error) {
		subject, err := s.actions.Act(ctx, "who", nil)
		return &auth.Identity{Subject: fmt.Sprint(subject, " with ", token)}, err
	}))
	if got := s.call("members", "Authorization", "Bearer x"); got != "nobody with x by bearer" {
		t.Error(got)
	}
}

func TestActingForSomebody(t *testing.T) {
	s := newService(t, auth.Bearer(keys))
	if _, err := s.actions.Act(t.Context(), "members", nil); err == nil || err.Error() != "Session not found" {
		t.Errorf("without a caller: %v", err)
	}
	ctx := auth.With(t.Context(), &auth.Identity{Subject: "cron", Via: "cron", Roles: []string{"staff"}})
	for _, name := range []string{"members", "staff"} {
		if got, err := s.actions.Act(ctx, name, nil); got != "cron by cron" || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := s.actions.Act(ctx, "write", nil); err == nil {
		t.Error("a scope came from nowhere")
	}
}

func TestGuardsDescribeThemselves(t *testing.T) {
	s := newService(t)
	for name, want := range map[string]string{
		"open": "[]", "members": "[{login true [] [] false false []}]", "write": "[{scope orders:read orders:write true [orders:read orders:write] [] false false []}]",
		"staff": "[{role admin or staff true [] [admin staff] false false []}]",
	} {
		if got := fmt.Sprint(s.actions.Find(name).Guards()); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func FuzzBearer(f *testing.F) {
	for _, seed := range []string{"Bearer reader", "bearer  reader ", "Bearer", "Bearer =", "Basic x", "Bearer a\x00b", "Bearer é", "Bearer a==", " Bearer reader"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		called := ""
		b := auth.Bearer(func(_ context.Context, token string) (*auth.Identity, error) {
			called = token
			return &auth.Identity{Subject: "x"}, nil
		})
		i, err := b.Authenticate(t.Context(), &connection.Connection{Header: http.Header{"Authorization": {header}}})
		scheme, _, _ := strings.Cut(strings.TrimSpace(header), " ")
		if presented := strings.EqualFold(scheme, "Bearer"); presented != (i != nil || err != nil) {
			t.Errorf("presented %v: %v, %v", presented, i, err)
		}
		if called != "" && (strings.ContainsAny(called, " \t\r\n\x00\",;") || !strings.Contains(header, called)) {
			t.Errorf("the token is %q", called)
		}
	})
}
