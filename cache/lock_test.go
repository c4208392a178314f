package cache_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

// TestLockExcludes: many holders over three clients, never two at a time.
func TestLockExcludes(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		clients := []*redis.Client{dial(t, url), dial(t, url), dial(t, url)}
		var inside, entered atomic.Int64
		var all []<-chan outcome[int]
		for i := range 30 {
			all = append(all, async(func() (int, error) {
				return 0, cache.Lock(t.Context(), clients[i%3], "lock", 5*time.Second, func(context.Context) error {
					if n := inside.Add(1); n != 1 {
						t.Errorf("%d holders", n)
					}
					time.Sleep(time.Millisecond)
					inside.Add(-1)
					entered.Add(1)
					return nil
				})
			}))
		}
		for _, c := range all {
			if r := receive(t, c, "a holder"); r.err != nil {
				t.Fatal(r.err)
			}
		}
		if entered.Load() != 30 {
			t.Fatalf("%d of 30 had the lock", entered.Load())
		}
		gone(t, clients[0], "lock")
	})
}

func TestTryLock(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		err := cache.Lock(t.Context(), rdb, "lock", time.Minute, func(ctx context.Context) error {
			err := cache.TryLock(ctx, rdb, "lock", time.Minute, func(context.Context) error { return errors.New("two holders") })
			if !errors.Is(err, cache.ErrLocked) {
				t.Errorf("TryLock: %v", err)
			}
			// On a busy machine, the time may end before Redis has said that the lock is held.
			for limit := 30 * time.Millisecond; ; limit *= 2 {
				waiting, cancel := context.WithTimeout(ctx, limit)
				err = cache.Lock(waiting, rdb, "lock", time.Minute, func(context.Context) error { return errors.New("two holders") })
				cancel()
				if errors.Is(err, cache.ErrLocked) || limit > 10*time.Second {
					break
				}
			}
			if !errors.Is(err, cache.ErrLocked) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Lock: %v", err)
			}
			return errLoad
		})
		if err != errLoad {
			t.Fatalf("%v, want fn's error as it is", err)
		}
		if err := cache.TryLock(t.Context(), rdb, "lock", time.Minute, func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLockIsRenewed(t *testing.T) {
	bubble(t, func(t *testing.T, _ *miniredis.Miniredis, dial func() *redis.Client) {
		rdb, other := dial(), dial()
		err := cache.Lock(t.Context(), rdb, "lock", 3*time.Second, func(ctx context.Context) error {
			for range 20 {
				time.Sleep(time.Second)
				if err := ctx.Err(); err != nil {
					return err
				}
				if ttl := other.PTTL(ctx, "lock").Val(); ttl < 1900*time.Millisecond {
					t.Errorf("TTL %v", ttl)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		gone(t, other, "lock")
	})
}

// TestLockIsLost: fn learns of it, and so does the caller.
func TestLockIsLost(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		for name, lose := range map[string]func(){
			"deleted": func() { rdb.Del(t.Context(), "lock") },
			"taken":   func() { rdb.Set(t.Context(), "lock", "another", time.Minute) },
		} {
			err := cache.Lock(t.Context(), rdb, "lock", 150*time.Millisecond, func(ctx context.Context) error {
				lose()
				receive(t, ctx.Done(), "the end of the context")
				if cause := context.Cause(ctx); cause != cache.ErrLockLost {
					t.Errorf("%s: cause %v", name, cause)
				}
				return errLoad
			})
			if !errors.Is(err, cache.ErrLockLost) || !errors.Is(err, errLoad) {
				t.Errorf("%s: %v", name, err)
			}
			rdb.Del(t.Context(), "lock")
			// Lost, and not noticed until the end.
			err = cache.Lock(t.Context(), rdb, "lock", time.Minute, func(context.Context) error { lose(); return nil })
			if !errors.Is(err, cache.ErrLockLost) || !strings.HasPrefix(err.Error(), "cache: ") {
				t.Errorf("%s at the end: %v", name, err)
			}
			if name == "taken" && rdb.Get(t.Context(), "lock").Val() != "another" {
				t.Error("another's lock was released")
			}
			rdb.Del(t.Context(), "lock")
		}
	})
}

// TestLockWithoutRedis: when Redis stops to answer, the holder is told before the
// lock can be another's.
func TestLockWithoutRedis(t *testing.T) {
	s := redistest.Start(t)
	rdb := dial(t, s.URL())
	const ttl = 600 * time.Millisecond
	began := time.Now()
	err := cache.Lock(t.Context(), rdb, "lock", ttl, func(ctx context.Context) error {
		s.Pause()
		defer s.Resume()
		receive(t, ctx.Done(), "the end of the context")
		if took := time.Since(began); took > ttl || took < ttl/2 {
			t.Errorf("the holder was told after %v", took)
		}
		return ctx.Err()
	})
	if !errors.Is(err, cache.ErrLockLost) {
		t.Fatal(err)
	}
	s.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := cache.Lock(ctx, rdb, "lock", ttl, func(context.Context) error { return nil }); err == nil || errors.Is(err, cache.ErrLocked) {
		t.Fatalf("redis is down: %v", err)
	}
}

func TestLockSurvivesAShortOutage(t *testing.T) {
	s := redistest.Start(t)
	rdb := dial(t, s.URL())
	err := cache.Lock(t.Context(), rdb, "lock", 900*time.Millisecond, func(ctx context.Context) error {
		s.Pause()
		time.Sleep(400 * time.Millisecond)
		s.Resume()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
			return nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLockLostReply(t *testing.T) {
	s := redistest.Start(t)
	p := newProxy(t, s.Addr())
	rdb := dial(t, p.url())
	nothing := func(context.Context) error { return nil }
	for range 2 { // the server knows the scripts from the first round on
		if err := cache.TryLock(t.Context(), rdb, "lock", time.Minute, nothing); err != nil {
			t.Fatal(err)
		}
	}
	// A broken connection: the client asks again, and is not locked out by itself.
	p.dropReply(setNXGet, true)
	if err := cache.TryLock(t.Context(), rdb, "lock", time.Minute, nothing); err != nil {
		t.Fatal(err)
	}
	// Silence: an error, and the lock does not stay.
	p.dropReply(setNXGet, false)
	if err := cache.TryLock(t.Context(), rdb, "lock", 300*time.Millisecond, nothing); err == nil || errors.Is(err, cache.ErrLocked) {
		t.Fatal(err)
	}
	if p.losses() != 2 {
		t.Fatalf("%d replies were lost", p.losses())
	}
	eventually.True(t, "a free lock", func() bool { return s.Client().Exists(t.Context(), "lock").Val() == 0 })
}

func TestLockPanics(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Errorf("recovered %v", r)
				}
			}()
			_ = cache.Lock(t.Context(), rdb, "lock", time.Minute, func(context.Context) error { panic("boom") })
		}()
		gone(t, rdb, "lock")
		rdb.HSet(t.Context(), "lock", "a", "b")
		for _, ttl := range []time.Duration{0, -1, time.Minute} { // the last one finds a hash
			if err := cache.Lock(t.Context(), rdb, "lock", ttl, func(context.Context) error { return nil }); err == nil {
				t.Errorf("TTL %v: no error", ttl)
			}
		}
	})
}

// TestLockOfADeadProcess: the lock is free after its TTL, and not before.
func TestLockOfADeadProcess(t *testing.T) {
	bubble(t, func(t *testing.T, _ *miniredis.Miniredis, dial func() *redis.Client) {
		dead, alive := dial(), dial()
		end := make(chan struct{})
		go func() {
			_ = cache.Lock(t.Context(), dead, "lock", 10*time.Second, func(context.Context) error {
				_ = dead.Close()
				<-end
				return nil
			})
		}()
		synctest.Wait()
		began := time.Now()
		err := cache.Lock(t.Context(), alive, "lock", 10*time.Second, func(context.Context) error { return nil })
		if took := time.Since(began); err != nil || took < 9900*time.Millisecond || took > 10200*time.Millisecond {
			t.Fatalf("%v after %v", err, took)
		}
		close(end)
		synctest.Wait()
	})
}
