package cache_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
)

// TestLeaderLeaves: the caller whose load runs is cancelled; the other callers do not notice.
func TestLeaderLeaves(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		s := newSource("v")
		ctx, cancel := context.WithCancel(t.Context())
		leader := async(func() (string, error) { return cache.Fetch(ctx, rdb, "k", time.Minute, s.load) })
		receive(t, s.began, "the load")
		seen := &events{}
		waiter := async(func() (string, error) { return cache.Fetch(t.Context(), rdb, "k", time.Minute, s.load, seen.observe()) })
		joined(t, s, waiter)
		cancel()
		if r := receive(t, leader, "the leader"); !errors.Is(r.err, context.Canceled) {
			t.Fatalf("leader: %+v", r)
		}
		s.open()
		if r := receive(t, waiter, "the waiter"); r.err != nil || r.value != "v" {
			t.Fatalf("waiter: %+v", r)
		}
		if s.loads.Load() != 1 || raw(t, rdb, "k") != `"v"` {
			t.Fatalf("%d loads, stored %s", s.loads.Load(), raw(t, rdb, "k"))
		}
		seen.want(t, cache.EventJoin)
	})
}

// joined gives a caller the time to join, and sees that it neither loads nor returns.
func joined[T any](t *testing.T, s *source, waiter <-chan outcome[T]) {
	t.Helper()
	select {
	case r := <-waiter:
		t.Fatalf("the waiter returned: %+v", r)
	case <-s.began:
		t.Fatal("the waiter loads")
	case <-time.After(100 * time.Millisecond):
	}
}

func TestImpatientWaiter(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, other := dial(t, url), dial(t, url)
		s := newSource("v")
		leader := async(func() (string, error) { return cache.Fetch(t.Context(), rdb, "k", time.Minute, s.load) })
		receive(t, s.began, "the load")
		for _, c := range []any{rdb, other} {
			began := time.Now() // before the context: its deadline counts from its own start
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			client := rdb
			if c == any(other) {
				client = other
			}
			_, err := cache.Fetch(ctx, client, "k", time.Minute, s.load)
			cancel()
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took < 50*time.Millisecond {
				t.Fatalf("%v after %v", err, took)
			}
		}
		s.open()
		if r := receive(t, leader, "the leader"); r.err != nil {
			t.Fatal(r.err)
		}
	})
}

// TestEverybodyLeaves: with KeepLoading(0) the load is cancelled, and the next caller has
// its value at once, though the old load does not heed its context.
func TestEverybodyLeaves(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		began, cancelled, end := make(chan struct{}), make(chan error, 1), make(chan struct{})
		stubborn := func(ctx context.Context) (string, error) {
			close(began)
			<-ctx.Done()
			cancelled <- context.Cause(ctx)
			<-end
			return "late", nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		first := async(func() (string, error) { return cache.Fetch(ctx, rdb, "k", time.Minute, stubborn, cache.KeepLoading(0)) })
		receive(t, began, "the load")
		second := async(func() (string, error) { return cache.Fetch(ctx, rdb, "k", time.Minute, stubborn) })
		time.Sleep(20 * time.Millisecond) // lets the second one join; right either way
		cancel()
		receive(t, first, "first")
		receive(t, second, "second")
		if cause := receive(t, cancelled, "the end of the load's context"); cause == nil || errors.Is(cause, context.Canceled) {
			t.Fatalf("cause %v", cause)
		}
		start := time.Now()
		got := must[string](t)(cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (string, error) { return "next", nil }))
		if took := time.Since(start); got != "next" || took > 5*time.Second {
			t.Fatalf("%q after %v", got, took)
		}
		close(end)
		for range 20 { // the late load stores nothing
			if v := raw(t, rdb, "k"); v != `"next"` {
				t.Fatalf("stored %s", v)
			}
			time.Sleep(time.Millisecond)
		}
	})
}

// TestLoadContext: values go into the load, the deadline and the cancellation do not.
func TestLoadContext(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		type key struct{}
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "v"), time.Minute)
		defer cancel()
		got := must[string](t)(cache.Fetch(ctx, rdb, "k", time.Minute, func(ctx context.Context) (string, error) {
			if _, ok := ctx.Deadline(); ok {
				return "a deadline", nil
			}
			return ctx.Value(key{}).(string), nil
		}))
		if got != "v" {
			t.Fatal(got)
		}
	})
}

func TestEndedContext(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := cache.Fetch(ctx, rdb, "k", time.Minute, never[int]); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
}

// TestLeavingPausedRedis: a caller leaves Redis too when its context ends.
func TestLeavingPausedRedis(t *testing.T) {
	s := redistest.Start(t)
	for name, leave := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 50*time.Millisecond)
		},
		"cancel": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(50*time.Millisecond, cancel)
			return ctx, cancel
		},
	} {
		rdb := dial(t, s.URL())
		must[int](t)(cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (int, error) { return 1, nil }))
		s.Pause()
		time.Sleep(5 * time.Millisecond) // Redis is not trusted to answer any more
		ctx, cancel := leave(t.Context())
		began := time.Now()
		_, err := cache.Fetch(ctx, rdb, "k", time.Minute, never[int])
		took := time.Since(began)
		cancel()
		s.Resume()
		if err == nil || took > 10*time.Second {
			t.Errorf("%s: %v after %v", name, err, took)
		}
	}
}

// TestManyLeavers: callers come and go at random; those that stay have the value.
func TestManyLeavers(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		var n atomic.Int64
		load := func(ctx context.Context) (int64, error) {
			select {
			case <-time.After(2 * time.Millisecond):
				return n.Add(1), nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		var all []<-chan outcome[int64]
		for i := range 40 {
			all = append(all, async(func() (int64, error) {
				for j := range 50 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration((i*j)%7)*time.Millisecond)
					v, err := cache.Fetch(ctx, rdb, "k", 3*time.Millisecond, load)
					cancel()
					if err == nil && v == 0 {
						return 0, errors.New("zero and nil")
					}
					if err != nil && !errors.Is(err, context.DeadlineExceeded) {
						return 0, err
					}
				}
				return cache.Fetch(t.Context(), rdb, "k", time.Minute, load)
			}))
		}
		for _, c := range all {
			if r := receive(t, c, "a caller"); r.err != nil {
				t.Fatal(r.err)
			}
		}
	})
}

// TestALoadGoesOnWithoutCallers: it is stored, and later callers join it.
func TestALoadGoesOnWithoutCallers(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, other := patient(t, dial(t, url)), patient(t, dial(t, url))
		s := newSource("v")
		fetch := func(ctx context.Context, rdb redis.UniversalClient) func() (string, error) {
			return func() (string, error) { return cache.Fetch(ctx, rdb, "k", time.Minute, s.load) }
		}
		for i := range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			first, second := async(fetch(ctx, rdb)), async(fetch(ctx, other))
			if i == 0 {
				receive(t, s.began, "the load")
			}
			cancel()
			for _, c := range []<-chan outcome[string]{first, second} {
				if r := receive(t, c, "a caller that leaves"); !errors.Is(r.err, context.Canceled) {
					t.Fatalf("%+v", r)
				}
			}
		}
		last, lastOther := async(fetch(t.Context(), rdb)), async(fetch(t.Context(), other))
		joined(t, s, last)
		s.open()
		for _, c := range []<-chan outcome[string]{last, lastOther} {
			if r := receive(t, c, "a caller"); r.err != nil || r.value != "v" {
				t.Fatalf("%+v", r)
			}
		}
		if n := s.loads.Load(); n != 1 {
			t.Errorf("%d loads", n)
		}
		if v := raw(t, rdb, "k"); v != `"v"` {
			t.Errorf("stored %s", v)
		}
	})
}

// TestHowLongALoadGoesOn: for the time of KeepLoading, or of the lease, from when the
// last caller has left.
func TestHowLongALoadGoesOn(t *testing.T) {
	for name, test := range map[string]struct {
		opts []cache.Option
		want time.Duration
	}{
		"lease":  {[]cache.Option{cache.Lease(3 * time.Second)}, 3 * time.Second},
		"longer": {[]cache.Option{cache.Lease(3 * time.Second), cache.KeepLoading(time.Minute)}, time.Minute},
		"zero":   {[]cache.Option{cache.KeepLoading(0)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, _ *miniredis.Miniredis, dial func() *redis.Client) {
				rdb := dial()
				began, ended := make(chan struct{}), make(chan time.Time, 1)
				ctx, cancel := context.WithCancel(t.Context())
				first := async(func() (string, error) {
					return cache.Fetch(ctx, rdb, "k", time.Minute, func(ctx context.Context) (string, error) {
						close(began)
						<-ctx.Done()
						ended <- time.Now()
						return "late", nil
					}, test.opts...)
				})
				<-began
				time.Sleep(20 * time.Second)
				cancel()
				<-first
				left := time.Now()
				if took := (<-ended).Sub(left); took < test.want || took > test.want+time.Second {
					t.Errorf("it went on for %v", took)
				}
				time.Sleep(time.Second)
				gone(t, rdb, "k")
			})
		})
	}
}

// TestStopEndsLoads that no caller waits for any more.
func TestStopEndsLoads(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		s := newSource("v")
		ctx, cancel := context.WithCancel(t.Context())
		call := async(func() (string, error) { return cache.Fetch(ctx, rdb, "k", time.Minute, s.load) })
		receive(t, s.began, "the load")
		cancel()
		receive(t, call, "the caller")
		if err := cache.Stop(t.Context(), rdb); err != nil {
			t.Fatal(err)
		}
		gone(t, rdb, "k")

		end := make(chan struct{})
		stubborn := async(func() (string, error) {
			return cache.Fetch(t.Context(), rdb, "stubborn", time.Minute, func(context.Context) (string, error) {
				s.began <- struct{}{}
				<-end
				return "late", nil
			})
		})
		receive(t, s.began, "the load")
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := cache.Stop(short, rdb); err == nil || !strings.Contains(err.Error(), `"stubborn"`) {
			t.Errorf("the load that does not end is not named: %v", err)
		}
		close(end)
		if r := receive(t, stubborn, "the stubborn load"); r.err != nil || r.value != "late" {
			t.Errorf("%+v", r)
		}
		if err := cache.Stop(t.Context(), rdb); err != nil {
			t.Error(err)
		}
	})
}
