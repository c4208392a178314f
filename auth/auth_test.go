package auth_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type account struct {
	UserID int64 `json:"userId"`
}

func TestRequire(t *testing.T) {
	server := miniredis.RunT(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DialerRetries: 1, MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	sessions := session.NewStore(session.Options{Redis: &redis.Connections{Client: client}})
	hiding := action.NewRegistry(action.Options{HideInternals: true})
	action.Handle(hiding, action.Action{Name: "me", Middleware: []action.Middleware{auth.Require}},
		func(ctx context.Context, _ struct{}) (int64, error) {
			a, _, err := session.Data[account](ctx)
			return a.UserID, err
		})
	action.Handle(hiding, action.Action{Name: "gone"}, func(context.Context, struct{}) (int, error) { return 0, session.ErrGone })

	cookie := ""
	call := func(name string) (string, *fault.Error) {
		c := &connection.Connection{Transport: connection.Web, Header: http.Header{"Cookie": {cookie}}}
		response, err := hiding.Find(name).Serve(sessions.Attach(connection.With(t.Context(), c)), nil)
		if err != nil {
			return "", err
		}
		return string(response.JSON), nil
	}
	login := func(user int64) {
		c := &connection.Connection{}
		ctx := sessions.Attach(connection.With(t.Context(), c))
		if err := session.Renew(ctx, func(a *account) error { a.UserID = user; return nil }); err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		c.WriteReply(h)
		cookie, _, _ = strings.Cut(h.Get("Set-Cookie"), ";")
	}

	missing := func(when string) {
		t.Helper()
		if got, err := call("me"); err == nil || err.Type != fault.ConnectionSessionNotFound || err.Message != "Session not found" || err.HTTPStatus() != 401 {
			t.Errorf("%s: %s, %v", when, got, err)
		}
	}
	missing("no cookie")
	cookie = "__session=ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	missing("a guessed cookie")
	login(0)
	missing("a session without a user")
	login(7)
	if got, err := call("me"); got != "7" || err != nil {
		t.Errorf("logged in: %s, %v", got, err)
	}
	if _, err := call("gone"); err.Type != fault.ConnectionSessionNotFound || err.Message != "the session has ended in the meantime; try again" {
		t.Errorf("a session that is gone: %v", err)
	}

	server.Close()
	began := time.Now()
	if got, err := call("me"); err == nil || err.Type != fault.ConnectionServerError || err.Message != "Internal server error" || err.Err == nil {
		t.Errorf("without Redis: %s, %v after %v", got, err, time.Since(began))
	}
	if _, err := hiding.Find("me").Serve(t.Context(), nil); err == nil || err.Type != fault.ConnectionSessionNotFound || err.HTTPStatus() != 401 {
		t.Errorf("without sessions: %v", err)
	}
}

// TestCaller holds what an action gets that asks without a guard, and as which number.
func TestCaller(t *testing.T) {
	for subject, want := range map[string]int64{
		"7": 7, "9223372036854775807": 9223372036854775807,
		"0": 0, "-7": 0, "+7": 0, "007": 0, "7 ": 0, "0x7": 0, "ada": 0, "9223372036854775808": 0,
	} {
		who := auth.Caller(auth.With(t.Context(), &auth.Identity{Subject: subject, Roles: []string{"staff"}}))
		if who.Subject != subject || who.ID() != want || !who.HasRole("staff") {
			t.Errorf("%q is %d: %+v", subject, who.ID(), who)
		}
	}
	for name, options := range map[string]auth.Options{
		"anonymous":       {Sessions: session.NewStore(session.Options{})},
		"cannot be known": {Sessions: session.NewStore(session.Options{}), Authenticators: []auth.Authenticator{auth.Bearer(keys)}},
	} {
		c := &connection.Connection{Transport: connection.Web, Header: http.Header{"Authorization": {"Bearer broken"}}}
		who := auth.Caller(auth.New(options).Attach(connection.With(t.Context(), c)))
		if who.Subject != "" || who.ID() != 0 || who.HasScope("account") || who.HasRole("staff") {
			t.Errorf("%s: %+v", name, who)
		}
	}
}
