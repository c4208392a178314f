package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/session"
)

// TestOutage: without Redis no user seems logged out. There is an error, in time, which
// ends when Redis is back.
func TestOutage(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]func(*redistest.Server) (down, up func()){
		"paused": func(s *redistest.Server) (func(), func()) { return s.Pause, s.Resume },
		"killed": func(s *redistest.Server) (func(), func()) { return s.Kill, s.Restart },
	} {
		t.Run(name, func(t *testing.T) {
			s := redistest.Start(t)
			c := &caller{tb: t, store: newStore(dial(t, s.URL()))}
			c.login(1)
			cookie := c.cookie
			loaded, _ := c.request()
			if _, ok, err := session.Data[account](loaded); !ok || err != nil {
				t.Fatal(ok, err)
			}
			down, up := outage(s)
			down()
			for what, act := range map[string]func(ctx context.Context) error{
				"load":    func(ctx context.Context) error { _, err := session.From(ctx).Load(ctx); return err },
				"data":    func(ctx context.Context) error { _, _, err := session.Data[account](ctx); return err },
				"renew":   func(ctx context.Context) error { return session.Renew[account](ctx, nil) },
				"destroy": func(ctx context.Context) error { return session.From(ctx).Destroy(ctx) },
			} {
				request, conn := c.request()
				ctx, cancel := context.WithTimeout(request, 100*time.Millisecond)
				began := time.Now()
				err := act(ctx)
				if e, ok := fault.As(err); !ok || e.Type != fault.ConnectionServerError || errors.Is(err, session.ErrGone) {
					t.Errorf("%s: %v", what, err)
				}
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("%s took %v", what, took)
				}
				if sent := setCookies(conn); len(sent) != 0 {
					t.Errorf("%s: sent %q", what, sent)
				}
				cancel()
			}
			// One goroutine of a request waits for Redis, another one has less time.
			request, _ := c.request()
			slow, cancel := context.WithTimeout(request, 5*time.Second)
			done := make(chan error, 1)
			go func() { _, err := session.From(slow).Load(slow); done <- err }()
			fast, stop := context.WithTimeout(request, 20*time.Millisecond)
			began := time.Now()
			if _, err := session.From(fast).Load(fast); err == nil || time.Since(began) > 3*time.Second {
				t.Errorf("%v after %v", err, time.Since(began))
			}
			cancel()
			if err := <-done; err == nil {
				t.Error("no error")
			}
			stop()

			up()
			c.cookie = cookie
			deadline := time.Now().Add(10 * time.Second)
			for {
				ctx, _ := c.request()
				_, ok, err := session.Data[account](ctx)
				if err == nil {
					// A killed server has lost everything. A paused one has not, but
					// now it executes the commands that it was sent in the meantime.
					if name == "killed" && ok {
						t.Error("there is a session")
					}
					break
				}
				if time.Now().After(deadline) {
					t.Fatal(err)
				}
			}
			if name == "killed" {
				if err := session.Update(loaded, func(a *account) error { a.UserID = 2; return nil }); !errors.Is(err, session.ErrGone) {
					t.Errorf("a session that Redis has forgotten: %v", err)
				}
			}
		})
	}
}
