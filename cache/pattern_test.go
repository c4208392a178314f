package cache_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestForget(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		var keys []string
		for i := range 2500 {
			keys = append(keys, fmt.Sprint("k", i))
			rdb.Set(t.Context(), keys[i], "1", 0)
		}
		rdb.Set(t.Context(), "stays", "1", time.Minute)
		if n, err := cache.Forget(t.Context(), rdb, append(keys, "missing")...); n != 2500 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		if n := rdb.DBSize(t.Context()).Val(); n != 1 {
			t.Fatalf("%d keys are left", n)
		}
		if n, err := cache.Forget(t.Context(), rdb); n != 0 || err != nil {
			t.Fatalf("no keys: %d, %v", n, err)
		}
	})
}

func TestForgetFails(t *testing.T) {
	s := redistest.Start(t)
	rdb := dial(t, s.URL())
	s.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := cache.Forget(ctx, rdb, "k"); err == nil {
		t.Fatal("no error though redis is down")
	}
	if _, err := cache.ForgetPattern(ctx, rdb, "k*"); err == nil {
		t.Fatal("no error though redis is down")
	}
}

func TestForgetPattern(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		for i := range 600 {
			rdb.Set(t.Context(), fmt.Sprint("cache:user:", i), "1", 0)
			rdb.Set(t.Context(), fmt.Sprint("cache:post:", i), "1", 0)
		}
		forgetUsers(t, rdb, 600, 600)
	})
}

// forgetUsers counts, then removes, the keys of users.
func forgetUsers(t *testing.T, rdb redis.UniversalClient, users, others int64) {
	t.Helper()
	if n, err := cache.ForgetPattern(t.Context(), rdb, "cache:user:*", cache.DryRun()); n != users || err != nil {
		t.Fatalf("dry run: %d, %v", n, err)
	}
	var last cache.PatternProgress
	steps := 0
	n, err := cache.ForgetPattern(t.Context(), rdb, "cache:user:*", cache.Progress(func(p cache.PatternProgress) {
		if p.Scanned < last.Scanned || p.Removed < last.Removed || p.Scanned > p.Total {
			t.Errorf("progress from %+v to %+v", last, p)
		}
		last = p
		steps++
	}))
	if n != users || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if want := (cache.PatternProgress{Total: users + others, Scanned: users + others, Found: users, Removed: users}); last != want || steps < 2 {
		t.Fatalf("after %d steps %+v, want %+v", steps, last, want)
	}
	if n, err := cache.ForgetPattern(t.Context(), rdb, "cache:*", cache.DryRun()); n != others || err != nil {
		t.Fatalf("%d other keys are left, %v", n, err)
	}
}

func TestForgetPatternOnCluster(t *testing.T) {
	t.Parallel()
	rdb := cluster(t)
	pipe := rdb.Pipeline()
	for i := range 3000 {
		pipe.Set(t.Context(), fmt.Sprint("cache:user:", i), "1", time.Minute)
		pipe.Set(t.Context(), fmt.Sprint("cache:{a}:", i), "1", time.Minute)
	}
	must[[]redis.Cmder](t)(pipe.Exec(t.Context()))
	forgetUsers(t, rdb, 3000, 3000)
	var keys []string
	for i := range 3000 {
		keys = append(keys, fmt.Sprint("cache:{a}:", i))
	}
	if n, err := cache.Forget(t.Context(), rdb, append(keys, "other")...); n != 3000 || err != nil {
		t.Fatalf("Forget: %d, %v", n, err)
	}
}

// cluster returns a client of a new cluster.
func cluster(t *testing.T) *redis.ClusterClient {
	t.Helper()
	return clusterClient(t, redistest.Cluster(t))
}

func clusterClient(t *testing.T, c *redistest.ClusterServer) *redis.ClusterClient {
	t.Helper()
	rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{c.Nodes[0].Addr()}, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// TestFetchOnCluster: every operation works with keys of all slots, braces or not.
func TestFetchOnCluster(t *testing.T) {
	t.Parallel()
	rdb := cluster(t)
	for i := range 50 {
		for _, key := range []string{fmt.Sprint("k", i), fmt.Sprintf("{k%d}:{x}", i), fmt.Sprint("}{", i)} {
			load := func(context.Context) (string, error) { return key, nil }
			seen := &events{}
			for range 2 {
				if got := must[string](t)(cache.Fetch(t.Context(), rdb, key, time.Minute, load, cache.Stale(time.Minute), seen.observe())); got != key {
					t.Fatalf("%q: %q", key, got)
				}
			}
			seen.want(t, cache.EventMiss, cache.EventHit)
			if v := raw(t, rdb, key); v != `"`+key+`"` {
				t.Fatalf("stored %q", v)
			}
			a, b := must[int64](t)(cache.Version(t.Context(), rdb, "v"+key)), must[int64](t)(cache.Bump(t.Context(), rdb, "v"+key))
			if b <= a {
				t.Fatalf("version %d, then %d", a, b)
			}
		}
	}
}

func TestForgetPatternRefuses(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		rdb.Set(t.Context(), "k", "1", 0)
		for _, pattern := range []string{"", "*", "**", "***", "?*", "*?", "**??*", "[^]*"} {
			if n, err := cache.ForgetPattern(t.Context(), rdb, pattern); n != 0 || err == nil {
				t.Errorf("%q: %d, %v", pattern, n, err)
			}
		}
		if rdb.Exists(t.Context(), "k").Val() != 1 {
			t.Fatal("the key is gone")
		}
	})
}

func TestForgetPatternIsCancelled(t *testing.T) {
	rdb := dial(t, redistest.Start(t).URL())
	pipe := rdb.Pipeline()
	for i := range 4000 {
		pipe.Set(t.Context(), fmt.Sprint("k", i), "1", 0)
	}
	must[[]redis.Cmder](t)(pipe.Exec(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n, err := cache.ForgetPattern(ctx, rdb, "k*", cache.Progress(func(p cache.PatternProgress) {
		if p.Removed > 0 {
			cancel()
		}
	}))
	if !errors.Is(err, context.Canceled) || n == 0 || n+rdb.DBSize(t.Context()).Val() != 4000 {
		t.Fatalf("%d removed of 4000, %d left, %v", n, rdb.DBSize(t.Context()).Val(), err)
	}
}

// TestForgetPatternDuringLoad: what a running load has read is not stored.
func TestForgetPatternDuringLoad(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		s := newSource("old")
		early := async(func() (string, error) { return cache.Fetch(t.Context(), rdb, "cache:k", time.Minute, s.load) })
		receive(t, s.began, "the load")
		if n := must[int64](t)(cache.ForgetPattern(t.Context(), rdb, "cache:*")); n != 1 {
			t.Fatalf("%d keys, want the lease", n)
		}
		s.open()
		receive(t, early, "the caller")
		gone(t, rdb, "cache:k")
	})
}

var literals = []string{
	"plain", "*", "?", "[a]", "[", "]", `\`, `\\`, `a\*`, "^", "[^a]", "a-z", "[a-z]", "{a,b}", "h?llo*[w]\\d",
	`\E`, `\Q*\E`, "", " ", "\x00", "\n", "ü*", "-]", "^]", `[\\]`, `$.(+)|`,
}

// TestEscape: the pattern matches its literal, and nothing near it.
func TestEscape(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		for _, literal := range literals {
			matchesOnly(t, rdb, literal)
		}
	})
}

func matchesOnly(t *testing.T, rdb *redis.Client, literal string) {
	t.Helper()
	ctx := context.Background()
	key := "p:" + literal
	near := []string{"p:", "p:x", "p:a", key + "x", "x" + key, "p:" + strings.ToUpper(literal) + "!", "p:" + strings.Trim(literal, `\[]*?^-`)}
	for i := range len(literal) { // with one byte less, and with another in its place
		near = append(near, "p:"+literal[:i]+literal[i+1:], "p:"+literal[:i]+"b"+literal[i+1:])
	}
	must[string](t)(rdb.FlushDB(ctx).Result())
	for _, k := range append(near, key) {
		rdb.Set(ctx, k, "1", 0)
	}
	found := must[[]string](t)(rdb.Keys(ctx, "p:"+cache.Escape(literal)).Result())
	if len(found) != 1 || found[0] != key {
		t.Errorf("Escape(%q) = %q matches %q", literal, cache.Escape(literal), found)
	}
}

func FuzzEscape(f *testing.F) {
	for _, literal := range literals {
		f.Add(literal)
	}
	var rdb *redis.Client
	if redistest.Available() {
		rdb = dial(f, redistest.Start(f).URL())
	}
	small := embedded(f)
	f.Fuzz(func(t *testing.T, literal string) {
		if len(literal) > 200 {
			return
		}
		if rdb != nil {
			matchesOnly(t, rdb, literal)
		}
		if utf8.ValidString(literal) { // miniredis knows no other keys
			matchesOnly(t, small, literal)
		}
	})
}
