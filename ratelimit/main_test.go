package ratelimit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settings are the defaults, but for small limits.
var settings = ratelimit.Settings{Enabled: true, Window: time.Minute, UnauthLimit: 3, AuthLimit: 5, KeyPrefix: "ratelimit"}

func dial(tb testing.TB, url string) *goredis.Client {
	tb.Helper()
	o, err := goredis.ParseURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	o.ContextTimeoutEnabled, o.DialerRetries, o.MaxRetries = true, 1, 1
	c := goredis.NewClient(o)
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// window is the length of a window that does not end within the next minutes.
func window() time.Duration {
	for minutes := 60; ; minutes += 7 {
		if w := time.Duration(minutes) * time.Minute; time.Now().UnixMilli()%w.Milliseconds() < w.Milliseconds()/2 {
			return w
		}
	}
}

// server is what an app has: a limiter, sessions, and actions.
type server struct {
	tb       testing.TB
	limiter  *ratelimit.Limiter
	sessions *session.Store
	actions  *action.Registry
	log      *logbook
}

func newServer(tb testing.TB, client goredis.UniversalClient, c ratelimit.Settings) *server {
	s := &server{tb: tb, log: &logbook{}, actions: action.NewRegistry(action.Options{})}
	s.sessions = session.NewStore(session.Options{Redis: &redis.Connections{Client: client}})
	s.limiter = ratelimit.New(ratelimit.Options{
		Config: c, Redis: &redis.Connections{Client: client},
		Logger: slog.New(slog.NewJSONHandler(s.log, nil)),
	})
	return s
}

// handle adds an action that is limited by a rule.
func (s *server) handle(name string, rule ratelimit.Rule) {
	action.Handle(s.actions, action.Action{Name: name, Middleware: []action.Middleware{s.limiter.Middleware(rule)}},
		func(context.Context, struct{}) (string, error) { return "done", nil })
}

// call runs an action for a caller and returns the headers of the reply.
func (s *server) call(name string, from *connection.Connection) (http.Header, *fault.Error) {
	s.tb.Helper()
	ctx := s.sessions.Attach(connection.With(s.tb.Context(), from))
	_, err := s.actions.Find(name).Serve(ctx, nil)
	h := http.Header{}
	from.WriteReply(h)
	return h, err
}

func from(address string) *connection.Connection {
	return &connection.Connection{Transport: connection.Web, RemoteAddr: address, Header: http.Header{}}
}

func number(tb testing.TB, text string) int64 {
	tb.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// logbook records the log, one JSON object per line.
type logbook struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *logbook) lines(tb testing.TB) (lines []map[string]any) {
	tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(l.out.Bytes()) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			tb.Fatal(err)
		}
		lines = append(lines, m)
	}
	return lines
}
