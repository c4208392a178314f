package ratelimit_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

func TestHeadersAndError(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		c := settings
		c.Window = window()
		s := newServer(t, dial(t, url), c)
		s.handle("a", ratelimit.Rule{})
		s.handle("b", ratelimit.Rule{})
		reset := (time.Now().UnixMilli()/c.Window.Milliseconds() + 1) * c.Window.Milliseconds() / 1000
		for i, name := range []string{"a", "b", "a"} { // both have one limit
			h, err := s.call(name, from("192.0.2.1"))
			if err != nil || h.Get("X-RateLimit-Limit") != "3" || number(t, h.Get("X-RateLimit-Remaining")) != int64(2-i) ||
				number(t, h.Get("X-RateLimit-Reset")) != reset || h.Get("Retry-After") != "" {
				t.Errorf("run %d: %v, %v", i, h, err)
			}
		}
		h, err := s.call("a", from("192.0.2.1"))
		if err == nil || err.Type != fault.ConnectionRateLimited || err.HTTPStatus() != http.StatusTooManyRequests ||
			err.Message != "Rate limit exceeded. Try again in "+h.Get("Retry-After")+" seconds." {
			t.Fatalf("%v, %v", h, err)
		}
		wait := number(t, h.Get("Retry-After"))
		if left := reset - time.Now().Unix(); wait < left-5 || wait > left+5 || h.Get("X-RateLimit-Remaining") != "0" {
			t.Errorf("%v: the window ends in %d s", h, left)
		}
		if _, err := s.call("a", from("192.0.2.2")); err != nil {
			t.Errorf("another address: %v", err)
		}
		for _, forged := range []string{"198.51.100.1", "192.0.2.9, 10.0.0.1"} {
			caller := from("192.0.2.1")
			for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded"} {
				caller.Header.Set(name, forged)
			}
			if _, err := s.call("a", caller); err == nil {
				t.Errorf("%q is believed", forged)
			}
		}
	})
}

func TestWhoIsCounted(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		c := settings
		c.Window = window()
		s := newServer(t, client, c)
		s.handle("a", ratelimit.Rule{})

		login := from("192.0.2.1")
		ctx := s.sessions.Attach(connection.With(t.Context(), login))
		if err := session.Renew(ctx, func(m *map[string]int) error { (*m)["userId"] = 7; return nil }); err != nil {
			t.Fatal(err)
		}
		reply := http.Header{}
		login.WriteReply(reply)
		cookie, _, _ := strings.Cut(reply.Get("Set-Cookie"), ";")
		for i, address := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"} {
			caller := from(address) // the same user from everywhere
			caller.Header.Set("Cookie", cookie)
			h, err := s.call("a", caller)
			if (err == nil) != (i < 5) || h.Get("X-RateLimit-Limit") != "5" {
				t.Errorf("run %d: %v, %v", i, h, err)
			}
		}
		if _, err := s.call("a", from("192.0.2.1")); err != nil {
			t.Errorf("an anonymous caller counts as that user: %v", err)
		}
		guess := from("192.0.2.9")
		guess.Header.Set("Cookie", "__session=ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		if h, err := s.call("a", guess); err != nil || h.Get("X-RateLimit-Limit") != "3" {
			t.Errorf("a guessed session: %v, %v", h, err)
		}
		for range 10 {
			if h, err := s.call("a", &connection.Connection{Transport: connection.CLI}); err != nil || len(h) != 0 {
				t.Fatalf("the command line is limited: %v, %v", h, err)
			}
		}
		// A token of the same user counts with the session, one that proves nothing with the address.
		bearer := auth.Bearer(func(_ context.Context, token string) (*auth.Identity, error) {
			if token == "bad" {
				return nil, nil
			}
			return &auth.Identity{Subject: token}, nil
		})
		who := auth.New(auth.Options{Sessions: s.sessions, Authenticators: []auth.Authenticator{bearer}})
		for token, want := range map[string]string{"7": "user:7", "robot": "user:robot", "bad": "ip:192.0.2.8"} {
			caller := from("192.0.2.8")
			caller.Header.Set("Authorization", "Bearer "+token)
			ctx := who.Attach(connection.With(t.Context(), caller))
			if id, err := ratelimit.Identify(ctx); id != want || (err == nil) != (want != "") {
				t.Errorf("%s: %q, %v", token, id, err)
			}
			if _, err := s.actions.Find("a").Serve(ctx, nil); (err == nil) != (token != "7") {
				t.Errorf("%s: %v", token, err) // five runs of user 7 came with the session
			}
		}
		// Without sessions, by address.
		bare := connection.With(t.Context(), from("192.0.2.77"))
		if id, err := ratelimit.Identify(bare); id != "ip:192.0.2.77" || err != nil {
			t.Errorf("%q, %v", id, err)
		}
	})
}

func TestRules(t *testing.T) {
	client := dial(t, redistest.Start(t).URL())
	c := settings
	c.Window = window()
	s := newServer(t, client, c)
	why := errors.New("why")
	s.handle("login", ratelimit.Rule{Limit: 1})
	s.handle("plain", ratelimit.Rule{})
	s.handle("shared", ratelimit.Rule{Limit: 2, Prefix: "ratelimit"})
	s.handle("key", ratelimit.Rule{Limit: 1, Identify: func(ctx context.Context, _ *action.Call) (string, error) {
		return connection.From(ctx).Header.Get("X-Api-Key"), nil
	}})
	s.handle("error", ratelimit.Rule{Identify: func(context.Context, *action.Call) (string, error) { return "", why }})

	allowed := func(name string, caller *connection.Connection, want bool) {
		t.Helper()
		if _, err := s.call(name, caller); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	allowed("login", from("192.0.2.1"), true)
	allowed("login", from("192.0.2.1"), false)
	allowed("plain", from("192.0.2.1"), true) // the limit of login is its own
	allowed("shared", from("192.0.2.1"), true)
	allowed("shared", from("192.0.2.1"), false) // counted with plain
	for _, key := range []string{"k1", "k2"} {
		caller := from("192.0.2.1")
		caller.Header.Set("X-Api-Key", key)
		allowed("key", caller, true)
		allowed("key", caller, false)
	}
	for range 3 {
		allowed("key", from("192.0.2.1"), true) // nobody
	}
	allowed("error", from("192.0.2.1"), true)
	if lines := s.log.lines(t); len(lines) != 1 || !strings.Contains(lines[0]["error"].(string), "why") {
		t.Errorf("logged %v", lines)
	}
	keys := client.Keys(t.Context(), "*").Val()
	for _, want := range []string{"ratelimit:login:ip:192.0.2.1:", "ratelimit:ip:192.0.2.1:", "ratelimit:key:k1:"} {
		found := false
		for _, key := range keys {
			found = found || strings.HasPrefix(key, want)
		}
		if !found {
			t.Errorf("no key %s in %q", want, keys)
		}
	}
}

// TestRuleByInput: a login is limited for the address that it is tried for, too. An
// input that is wrong is the error of the caller, and is not counted.
func TestRuleByInput(t *testing.T) {
	type login struct {
		Email string `json:"email" minLength:"3"`
	}
	c := settings
	c.Window = window()
	s := newServer(t, dial(t, redistest.Start(t).URL()), c)
	byEmail := ratelimit.Rule{Limit: 2, Identify: func(ctx context.Context, call *action.Call) (string, error) {
		in, err := call.Input(ctx)
		if err != nil {
			return "", err
		}
		return "email:" + in.(*login).Email, nil
	}}
	action.Handle(s.actions, action.Action{Name: "login", Middleware: []action.Middleware{s.limiter.Middleware(byEmail)}},
		func(context.Context, login) (string, error) { return "done", nil })
	for i, test := range []struct {
		address, email string
		want           fault.Type
	}{
		{"192.0.2.1", "ada@example.org", ""},
		{"192.0.2.1", "x", fault.ConnectionActionParamRequired},
		{"192.0.2.2", "ada@example.org", ""},
		{"192.0.2.3", "ada@example.org", fault.ConnectionRateLimited},
		{"192.0.2.3", "bob@example.org", ""},
	} {
		ctx := s.sessions.Attach(connection.With(t.Context(), from(test.address)))
		_, err := s.actions.Find("login").Serve(ctx, action.Params{"email": test.email})
		if err == nil && test.want != "" || err != nil && err.Type != test.want {
			t.Errorf("call %d: %v, want %q", i, err, test.want)
		}
	}
	if lines := s.log.lines(t); len(lines) > 0 {
		t.Errorf("logged %v", lines)
	}
}

func TestDisabled(t *testing.T) {
	c := settings
	c.Enabled = false
	s := newServer(t, nil, c)
	s.handle("a", ratelimit.Rule{Limit: 1})
	for range 3 {
		if h, err := s.call("a", from("192.0.2.1")); err != nil || len(h) != 0 {
			t.Errorf("%v, %v", h, err)
		}
	}
}

// TestOutage: open by default, closed on request, in time, and with two lines in
// the log, however many requests there are.
func TestOutage(t *testing.T) {
	slow.Skip(t, "it stops Redis")
	t.Parallel()
	for _, closed := range []bool{false, true} {
		server := redistest.Start(t)
		c := settings
		c.FailClosed = closed
		c.AuthLimit, c.UnauthLimit = 1000, 1000
		s := newServer(t, dial(t, server.URL()), c)
		s.handle("a", ratelimit.Rule{})
		if _, err := s.call("a", from("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
		check := func(times int) {
			t.Helper()
			for range times {
				began := time.Now()
				h, err := s.call("a", from("192.0.2.1"))
				if took := time.Since(began); took > 3*time.Second {
					t.Errorf("it took %v", took)
				}
				if len(h) != 0 || (err != nil) != closed {
					t.Errorf("closed %v: %v, %v", closed, h, err)
				}
				if closed && (err.Type != fault.ConnectionServerError || err.HTTPStatus() != http.StatusServiceUnavailable) {
					t.Errorf("it is refused with %v", err)
				}
			}
		}
		server.Pause()
		check(1)
		server.Resume()
		server.Kill()
		check(8)
		server.Restart()
		deadline := time.Now().Add(10 * time.Second)
		for {
			h, err := s.call("a", from("192.0.2.1"))
			if err == nil && h.Get("X-RateLimit-Limit") != "" {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal(h, err)
			}
		}
		lines := s.log.lines(t)
		if len(lines) != 2 || lines[0]["level"] != "ERROR" || lines[1]["level"] != "INFO" || lines[1]["uncounted"].(float64) < 9 {
			t.Errorf("closed %v: logged %v", closed, lines)
		}
	}
}

// TestCallerGone: that is not Redis' fault.
func TestCallerGone(t *testing.T) {
	server := redistest.Start(t)
	s := newServer(t, dial(t, server.URL()), settings)
	server.Pause()
	defer server.Resume()
	ctx, cancel := context.WithTimeout(connection.With(t.Context(), from("192.0.2.1")), 50*time.Millisecond)
	defer cancel()
	if err := s.limiter.Allow(ctx, "ip:192.0.2.1", ratelimit.Rule{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	unnoticed := unnoticed{connection.With(t.Context(), from("192.0.2.1")), time.Now().Add(50 * time.Millisecond)}
	if err := s.limiter.Allow(unnoticed, "ip:192.0.2.1", ratelimit.Rule{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if lines := s.log.lines(t); len(lines) != 0 {
		t.Errorf("logged %v", lines)
	}
}

// unnoticed is a context that does not end at its deadline, as if the machine were busy.
type unnoticed struct {
	context.Context
	deadline time.Time
}

func (u unnoticed) Deadline() (time.Time, bool) { return u.deadline, true }

// TestNames holds what lists of actions call the limits of an action.
func TestNames(t *testing.T) {
	l := ratelimit.New(ratelimit.Options{})
	for want, rule := range map[string]ratelimit.Rule{
		"rate limit":                 {},
		"rate limit 5":               {Limit: 5},
		"rate limit per 10s":         {Window: 10 * time.Second},
		"rate limit 5 per 15m":       {Limit: 5, Window: 15 * time.Minute},
		"rate limit 1 per 24h":       {Limit: 1, Window: 24 * time.Hour},
		"rate limit 100 per 1h30m":   {Limit: 100, Window: 90 * time.Minute},
		"rate limit 100 per 1m10s":   {Limit: 100, Window: 70 * time.Second},
		"rate limit 100 per 1h0m10s": {Limit: 100, Window: time.Hour + 10*time.Second},
		"rate limit 100 per 100ms":   {Limit: 100, Window: 100 * time.Millisecond},
	} {
		e := action.NewExternal("x", nil, l.Middleware(rule))
		if guards := e.Guards(); len(guards) != 1 || guards[0].Name != want {
			t.Errorf("got %+v, want %s", guards, want)
		}
	}
}

// TestAddresses: what one host can choose from counts as one, also for callers that are
// logged in.
func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"":                              "",
		"192.0.2.1":                     "ip:192.0.2.1",
		"::ffff:192.0.2.1":              "ip:192.0.2.1",
		"2001:db8:1:2::1":               "ip:2001:db8:1:2::/64",
		"2001:db8:1:2:ffff:ffff:ffff:1": "ip:2001:db8:1:2::/64",
		"2001:db8:1:3::1":               "ip:2001:db8:1:3::/64",
		"fe80::1%eth0":                  "ip:fe80::/64",
		"::1":                           "ip:::/64",
		"not an address, but a proxy's": "ip:not an address, but a proxy's",
		"0:0:0:0:0:ffff:c000:0201":      "ip:192.0.2.1",
	} {
		anonymous := connection.With(t.Context(), &connection.Connection{RemoteAddr: address})
		if got, err := ratelimit.Identify(anonymous); got != want || err != nil {
			t.Errorf("%s: %s, %v", address, got, err)
		}
		user := auth.With(anonymous, &auth.Identity{Subject: "7"})
		if got, err := ratelimit.Address(user, nil); got != want || err != nil {
			t.Errorf("%s of a user: %s, %v", address, got, err)
		}
		if got, err := ratelimit.Identify(user); got != "user:7" || err != nil {
			t.Errorf("a user: %s, %v", got, err)
		}
	}
}

// TestHeadersOfSeveralLimits: they are those of the limit that has the least remaining,
// whichever comes first.
func TestHeadersOfSeveralLimits(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		c := settings
		c.Window = window()
		l := ratelimit.New(ratelimit.Options{Config: c, Redis: &redis.Connections{Client: dial(t, url)}})
		for name, limits := range map[string][]int{"first": {3, 10}, "last": {10, 3}, "same": {3, 3}} {
			caller := from("192.0.2.1")
			ctx := connection.With(t.Context(), caller)
			for i, limit := range limits {
				if err := l.Allow(ctx, name, ratelimit.Rule{Prefix: name + strconv.Itoa(i), Limit: limit}); err != nil {
					t.Fatal(err)
				}
			}
			h := http.Header{}
			caller.WriteReply(h)
			if h.Get("X-RateLimit-Limit") != "3" || h.Get("X-RateLimit-Remaining") != "2" {
				t.Errorf("%s: %v", name, h)
			}
		}
	})
}
