package cache_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

// everyCall is all functions that ask Redis, each with what it waits for when Redis is
// fine. Loads do not heed their context, and end when release is closed.
func everyCall(release <-chan struct{}) map[string]func(ctx context.Context, rdb redis.UniversalClient) error {
	hangs := func(context.Context) (int, error) {
		<-release
		return 1, nil
	}
	many := func(ctx context.Context, _ []string) (map[string]int, error) {
		_, err := hangs(ctx)
		return nil, err
	}
	return map[string]func(context.Context, redis.UniversalClient) error{
		"Fetch": func(ctx context.Context, rdb redis.UniversalClient) error {
			_, err := cache.Fetch(ctx, rdb, "a", time.Minute, hangs)
			return err
		},
		"Fetch stale": func(ctx context.Context, rdb redis.UniversalClient) error {
			_, err := cache.Fetch(ctx, rdb, "b", time.Minute, hangs, cache.Stale(time.Minute))
			return err
		},
		"FetchMany": func(ctx context.Context, rdb redis.UniversalClient) error {
			_, err := cache.FetchMany(ctx, rdb, []string{"c", "d"}, time.Minute, many)
			return err
		},
		"Version": func(ctx context.Context, rdb redis.UniversalClient) error {
			_, err := cache.Version(ctx, rdb, "v")
			return err
		},
		"Bump": func(ctx context.Context, rdb redis.UniversalClient) error {
			_, err := cache.Bump(ctx, rdb, "v")
			return err
		},
		"Forget": func(ctx context.Context, rdb redis.UniversalClient) error {
			_, err := cache.Forget(ctx, rdb, "a", "b")
			return err
		},
		"ForgetPattern": func(ctx context.Context, rdb redis.UniversalClient) error {
			_, err := cache.ForgetPattern(ctx, rdb, "a*")
			return err
		},
		"Lock": func(ctx context.Context, rdb redis.UniversalClient) error {
			return cache.Lock(ctx, rdb, "l", time.Minute, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		},
		"TryLock": func(ctx context.Context, rdb redis.UniversalClient) error {
			return cache.TryLock(ctx, rdb, "l", time.Minute, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		},
	}
}

// TestEveryCallEndsWithItsContext, by a deadline and by cancellation, whatever Redis
// does and whether or not the client heeds contexts. The client's own timeouts are far
// beyond what the test waits.
func TestEveryCallEndsWithItsContext(t *testing.T) {
	slow.Skip(t, "it waits for timeouts")
	t.Parallel()
	server := redistest.Start(t)
	timeouts := func(o *redis.Options) {
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = 20*time.Second, 20*time.Second, 20*time.Second, 20*time.Second
		o.MaxRetries = -1
	}
	for _, state := range []string{"answers", "hangs", "hangs from the start", "is gone"} {
		for _, heeds := range []bool{true, false} {
			for _, end := range []string{"deadline", "cancel"} {
				t.Run(fmt.Sprintf("%s, client heeds %v, %s", state, heeds, end), func(t *testing.T) {
					p := newProxy(t, server.Addr())
					rdb := dial(t, p.url(), timeouts, func(o *redis.Options) { o.ContextTimeoutEnabled = heeds })
					if err := cache.SetDefaults(rdb, cache.Budget(15*time.Second)); err != nil {
						t.Fatal(err)
					}
					if state != "hangs from the start" {
						if err := rdb.FlushDB(t.Context()).Err(); err != nil {
							t.Fatal(err)
						}
					}
					switch state {
					case "hangs", "hangs from the start":
						p.blackHole(true)
					case "is gone":
						p.listener.Close()
						p.cut()
					}
					release := make(chan struct{})
					defer close(release)
					for name, call := range everyCall(release) {
						ctx, cancel := context.WithCancel(t.Context())
						if end == "deadline" {
							ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
						} else {
							time.AfterFunc(20*time.Millisecond, cancel)
						}
						done := async(func() (int, error) { return 0, call(ctx, rdb) })
						select {
						case r := <-done:
							invalidates := name == "Bump" || strings.HasPrefix(name, "Forget")
							switch ended := errors.Is(r.err, context.Canceled) || errors.Is(r.err, context.DeadlineExceeded); {
							case r.err == nil && state != "answers", invalidates && strings.HasPrefix(state, "hangs") && !ended:
								t.Errorf("%s: %v", name, r.err)
							}
						case <-time.After(5 * time.Second):
							t.Errorf("%s: does not end with its context", name)
						}
						cancel()
					}
					p.cut() // ends what was left behind
				})
			}
		}
	}
}

// TestLockEndsWithItsContext although Redis does not take the lock back.
func TestLockEndsWithItsContext(t *testing.T) {
	p := newProxy(t, redistest.Start(t).Addr())
	rdb := dial(t, p.url(), func(o *redis.Options) { o.ReadTimeout, o.MaxRetries = 20*time.Second, -1 })
	if err := cache.SetDefaults(rdb, cache.Budget(15*time.Second)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := async(func() (int, error) {
		return 0, cache.Lock(ctx, rdb, "l", time.Minute, func(ctx context.Context) error {
			p.blackHole(true)
			cancel()
			<-ctx.Done()
			return ctx.Err()
		})
	})
	select {
	case r := <-done:
		if !errors.Is(r.err, context.Canceled) {
			t.Error(r.err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Lock waits for a Redis that does not answer")
	}
	p.cut()
}
