package cache_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestVersion(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		version := func() int64 { t.Helper(); return must[int64](t)(cache.Version(t.Context(), rdb, "v")) }
		bump := func() int64 { t.Helper(); return must[int64](t)(cache.Bump(t.Context(), rdb, "v")) }
		last := version()
		if again := version(); again != last {
			t.Fatalf("%d became %d by itself", last, again)
		}
		// newer does something that must change the version, and never to an old one.
		newer := func(what string, do func()) {
			t.Helper()
			do()
			v := version()
			if v <= last {
				t.Fatalf("%s: %d after %d", what, v, last)
			}
			last = v
		}
		newer("Bump", func() {
			if v := bump(); v != version() {
				t.Fatalf("Bump returned %d, Version %d", v, version())
			}
		})
		newer("raw INCR", func() { rdb.Incr(t.Context(), "v") })
		newer("raw INCRBY", func() { rdb.IncrBy(t.Context(), "v", 10) })
		newer("Bump after them", func() { bump() })
		newer("DEL", func() { rdb.Del(t.Context(), "v") })
		newer("DEL and raw INCR", func() { rdb.Del(t.Context(), "v"); rdb.Incr(t.Context(), "v") })
		newer("DEL and Bump", func() { rdb.Del(t.Context(), "v"); bump() })
		newer("DEL, INCR and Bump", func() { rdb.Del(t.Context(), "v"); rdb.Incr(t.Context(), "v"); bump() })
		newer("expiry", func() {
			rdb.PExpire(t.Context(), "v", time.Millisecond)
			eventually.True(t, "the expiry", func() bool { return rdb.Exists(t.Context(), "v").Val() == 0 })
		})
		newer("an ahead counter", func() { rdb.IncrBy(t.Context(), "v", 1<<40) })
		newer("its Bump", func() { bump() })
		newer("beyond 2^53", func() { rdb.Set(t.Context(), "v", int64(1<<53+1), 0) })
		newer("its Bump", func() { bump() })
		if last != 1<<53+2 {
			t.Fatalf("2^53+1 was bumped to %d", last)
		}
	})
}

// TestEvictedVersion: a Redis that evicts loses the counter; what was stored with
// the old version is not found again.
func TestEvictedVersion(t *testing.T) {
	s := redistest.Start(t, "--maxmemory", "3mb", "--maxmemory-policy", "allkeys-random")
	rdb := dial(t, s.URL())
	last := must[int64](t)(cache.Version(t.Context(), rdb, "v"))
	filler := make([]byte, 4000)
	for i := 0; rdb.Exists(t.Context(), "v").Val() == 1; i++ {
		if i > 100000 {
			t.Fatal("nothing was evicted")
		}
		rdb.Set(t.Context(), string(rune('a'+i%26))+time.Duration(i).String(), filler, 0)
	}
	rdb.Incr(t.Context(), "v")
	if v := must[int64](t)(cache.Version(t.Context(), rdb, "v")); v <= last {
		t.Fatalf("%d after %d", v, last)
	}
}

// TestVersionsAreUnique: Bumps and raw INCRs at the same time.
func TestVersionsAreUnique(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		var mu sync.Mutex
		seen := map[int64]int{}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				last := int64(0)
				for range 50 {
					rdb.Incr(t.Context(), "v")
					v, err := cache.Bump(t.Context(), rdb, "v")
					if err != nil || v <= last {
						t.Errorf("%d after %d: %v", v, last, err)
					}
					last = v
					mu.Lock()
					seen[v]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != 400 {
			t.Fatalf("400 Bumps gave %d versions", len(seen))
		}
	})
}

func TestVersionKeepsItsTTL(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		must[int64](t)(cache.Version(t.Context(), rdb, "v"))
		rdb.Expire(t.Context(), "v", time.Hour)
		must[int64](t)(cache.Bump(t.Context(), rdb, "v"))
		if ttl := rdb.TTL(t.Context(), "v").Val(); ttl < 59*time.Minute {
			t.Fatalf("TTL %v", ttl)
		}
	})
}

func TestUnknownVersion(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		rdb.Set(t.Context(), "text", "one", 0)
		rdb.HSet(t.Context(), "hash", "a", "b")
		for _, key := range []string{"text", "hash"} {
			if v, err := cache.Version(t.Context(), rdb, key); v != 0 || err == nil {
				t.Errorf("Version %s: %d, %v", key, v, err)
			}
			if v, err := cache.Bump(t.Context(), rdb, key); v != 0 || err == nil {
				t.Errorf("Bump %s: %d, %v", key, v, err)
			}
		}
	})
	s := redistest.Start(t)
	rdb := dial(t, s.URL())
	s.Pause()
	defer s.Resume()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if v, err := cache.Version(ctx, rdb, "v"); v != 0 || err == nil {
		t.Errorf("paused: %d, %v", v, err)
	}
	began := time.Now()
	if v, err := cache.Version(t.Context(), rdb, "v"); v != 0 || err == nil || time.Since(began) > 10*time.Second {
		t.Errorf("paused: %d, %v after %v", v, err, time.Since(began))
	}
	if v, err := cache.Bump(ctx, rdb, "v"); v != 0 || err == nil {
		t.Errorf("paused: %d, %v", v, err)
	}
}
