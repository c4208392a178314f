package session_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settings are the defaults.
var settings = session.Settings{
	TTL: 24 * time.Hour, CookieName: "__session",
	Cookie: session.CookieSettings{HTTPOnly: true, SameSite: "Strict"},
}

// account is what most tests keep in a session.
type account struct {
	UserID int64  `json:"userId,omitempty"`
	Theme  string `json:"theme,omitempty"`
}

// dial returns a client of the server at url, closed with the test.
func dial(tb testing.TB, url string) *goredis.Client {
	tb.Helper()
	o, err := goredis.ParseURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	o.ContextTimeoutEnabled, o.DialerRetries = true, 1
	c := goredis.NewClient(o)
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

func newStore(client goredis.UniversalClient) *session.Store {
	return session.NewStore(session.Options{Config: settings, Redis: &redis.Connections{Client: client}})
}

// caller is a browser with one cookie.
type caller struct {
	tb     testing.TB
	store  *session.Store
	cookie string // "__session=…", or "" for none
}

// request returns the context of a request with the caller's cookie.
func (c *caller) request() (context.Context, *connection.Connection) {
	conn := &connection.Connection{Transport: connection.Web, Header: http.Header{}}
	if c.cookie != "" {
		conn.Header.Set("Cookie", c.cookie)
	}
	return c.store.Attach(connection.With(c.tb.Context(), conn)), conn
}

// do makes a request, takes over the cookie of its reply, and returns that.
func (c *caller) do(act func(context.Context) error) string {
	c.tb.Helper()
	ctx, conn := c.request()
	if err := act(ctx); err != nil {
		c.tb.Fatal(err)
	}
	sent := setCookies(conn)
	if len(sent) > 1 {
		c.tb.Fatalf("%d cookies in one reply: %q", len(sent), sent)
	}
	if len(sent) == 0 {
		return ""
	}
	c.cookie, _, _ = strings.Cut(sent[0], ";")
	if strings.Contains(sent[0], "Max-Age=0") {
		c.cookie = ""
	}
	return sent[0]
}

// login renews the session with a user in it.
func (c *caller) login(user int64) {
	c.tb.Helper()
	c.do(func(ctx context.Context) error {
		return session.Renew(ctx, func(a *account) error { a.UserID = user; return nil })
	})
}

// account reads the session in a request of its own.
func (c *caller) account() (account, bool) {
	c.tb.Helper()
	ctx, _ := c.request()
	a, ok, err := session.Data[account](ctx)
	if err != nil {
		c.tb.Fatal(err)
	}
	return a, ok
}

func (c *caller) id() string { _, id, _ := strings.Cut(c.cookie, "="); return id }

func setCookies(c *connection.Connection) []string {
	h := http.Header{}
	c.WriteReply(h)
	return h["Set-Cookie"]
}

// keys returns the keys that Redis has.
func keys(tb testing.TB, client goredis.UniversalClient) []string {
	tb.Helper()
	found, err := client.Keys(tb.Context(), "*").Result()
	if err != nil {
		tb.Fatal(err)
	}
	return slices.DeleteFunc(found, func(key string) bool {
		if strings.HasPrefix(key, "sessions:") {
			return true
		}
		value, _ := client.Get(tb.Context(), key).Result()
		return strings.HasPrefix(value, "moved:") // which says where a session has gone
	})
}

// commands counts what a client sends, by name.
type commands struct {
	mu   sync.Mutex
	sent []string
}

func (c *commands) DialHook(next goredis.DialHook) goredis.DialHook { return next }
func (c *commands) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}
func (c *commands) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		c.mu.Lock()
		c.sent = append(c.sent, cmd.Name())
		c.mu.Unlock()
		return next(ctx, cmd)
	}
}

// take returns the commands since the last call.
func (c *commands) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := strings.Join(c.sent, " ")
	c.sent = nil
	return sent
}
