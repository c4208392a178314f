package cache_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestSetDefaults(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		all, own := &events{}, &events{}
		if err := cache.SetDefaults(rdb, all.observe(), cache.Jitter(0.5)); err != nil {
			t.Fatal(err)
		}
		load := func(context.Context) (int, error) { return 1, nil }
		must[int](t)(cache.Fetch(t.Context(), rdb, "k", time.Minute, load))
		must[int](t)(cache.Fetch(t.Context(), rdb, "k", time.Minute, load, own.observe()))
		all.want(t, cache.EventMiss, cache.EventHit)
		own.want(t, cache.EventHit)
		for _, wrong := range []cache.Option{cache.Budget(0), cache.Jitter(1), cache.KeepLoading(-1), cache.TTL[int](nil)} {
			if err := cache.SetDefaults(rdb, wrong); err == nil || !strings.HasPrefix(err.Error(), "cache: ") {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		must[int](t)(cache.Fetch(t.Context(), rdb, "k", time.Minute, load))
		all.want(t, cache.EventMiss, cache.EventHit, cache.EventHit) // wrong ones have changed nothing
		if err := cache.SetDefaults(rdb); err != nil {
			t.Fatal(err)
		}
		must[int](t)(cache.Fetch(t.Context(), rdb, "k", time.Minute, load))
		all.want(t, cache.EventMiss, cache.EventHit, cache.EventHit)
	})
}

// TestNoClient: a nil client, typed or not, is an error of every function.
func TestNoClient(t *testing.T) {
	for _, rdb := range []redis.UniversalClient{nil, (*redis.Client)(nil), (*redis.ClusterClient)(nil)} {
		for name, call := range map[string]func() error{
			"Fetch":         func() error { _, err := cache.Fetch(t.Context(), rdb, "k", time.Minute, never[int]); return err },
			"Version":       func() error { _, err := cache.Version(t.Context(), rdb, "k"); return err },
			"Bump":          func() error { _, err := cache.Bump(t.Context(), rdb, "k"); return err },
			"Forget":        func() error { _, err := cache.Forget(t.Context(), rdb, "k"); return err },
			"ForgetPattern": func() error { _, err := cache.ForgetPattern(t.Context(), rdb, "k*"); return err },
			"Lock": func() error {
				return cache.Lock(t.Context(), rdb, "k", time.Minute, func(context.Context) error { return nil })
			},
			"SetDefaults": func() error { return cache.SetDefaults(rdb) },
			"Stop":        func() error { return cache.Stop(t.Context(), rdb) },
		} {
			if err := call(); err == nil || !strings.Contains(err.Error(), "client is nil") {
				t.Errorf("%s(%T): %v", name, rdb, err)
			}
		}
	}
}

// TestTTLOfTheValue: the load says how long its value is good.
func TestTTLOfTheValue(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		ttl := cache.TTL(func(seconds int) time.Duration { return time.Duration(seconds) * time.Second })
		for seconds, want := range map[int]time.Duration{30: 30 * time.Second, 7200: time.Hour, 0: -2, -5: -2} {
			rdb.Del(t.Context(), "k")
			got := must[int](t)(cache.Fetch(t.Context(), rdb, "k", time.Hour, func(context.Context) (int, error) { return seconds, nil }, ttl))
			left := rdb.TTL(t.Context(), "k").Val()
			if got != seconds || left > want || left < want-time.Second {
				t.Errorf("%d lives for %v, want %v", got, left, want)
			}
		}
		got := must[map[string]int](t)(cache.FetchMany(t.Context(), rdb, []string{"a", "b"}, time.Hour,
			func(context.Context, []string) (map[string]int, error) { return map[string]int{"a": 10, "b": 0}, nil }, ttl))
		if len(got) != 2 || rdb.TTL(t.Context(), "a").Val() > 10*time.Second {
			t.Errorf("%v, %v", got, rdb.TTL(t.Context(), "a").Val())
		}
		gone(t, rdb, "b")
		if _, err := cache.Fetch(t.Context(), rdb, "k", time.Hour, never[string], ttl); err == nil || !strings.Contains(err.Error(), "string") {
			t.Errorf("TTL of another type: %v", err)
		}
	})
}

func TestJitter(t *testing.T) {
	rdb := embedded(t)
	seen := map[time.Duration]bool{}
	for range 50 {
		rdb.Del(t.Context(), "k")
		must[int](t)(cache.Fetch(t.Context(), rdb, "k", 1000*time.Second, func(context.Context) (int, error) { return 1, nil }, cache.Jitter(0.5)))
		left := rdb.TTL(t.Context(), "k").Val()
		if left < 499*time.Second || left > 1000*time.Second {
			t.Fatalf("it lives for %v", left)
		}
		seen[left] = true
	}
	if len(seen) < 10 {
		t.Errorf("only %d times to live", len(seen))
	}
}

// TestDurationsAtTheirExtremes: every duration works, or is refused with its name.
func TestDurationsAtTheirExtremes(t *testing.T) {
	const longest = time.Duration(math.MaxInt64)
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		for name, opts := range map[string][]cache.Option{
			"ttl":    nil,
			"lease":  {cache.Lease(longest)},
			"budget": {cache.Budget(longest)},
			"keep":   {cache.KeepLoading(longest)},
			"stale":  {cache.Stale(longest)},
			"absent": {cache.NotFound(errLoad, longest)},
		} {
			for _, ttl := range []time.Duration{time.Minute, longest} {
				rdb.Del(t.Context(), "k")
				for range 2 {
					if v, err := cache.Fetch(t.Context(), rdb, "k", ttl, func(context.Context) (int, error) { return 1, nil }, opts...); err != nil || v != 1 {
						t.Errorf("%s, %v: %d, %v", name, ttl, v, err)
					}
				}
				if left := rdb.TTL(t.Context(), "k").Val(); left <= 0 {
					t.Errorf("%s, %v: it lives for %v", name, ttl, left)
				}
			}
		}
		for _, opts := range [][]cache.Option{{cache.Lease(1)}, {cache.Budget(1)}, {cache.KeepLoading(1)}, {cache.Stale(1)}} {
			if v, err := cache.Fetch(t.Context(), rdb, "short", 1, func(context.Context) (int, error) { return 1, nil }, opts...); err != nil || v != 1 {
				t.Errorf("%+v: %d, %v", opts, v, err)
			}
		}
	})
}
