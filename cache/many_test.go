package cache_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

// calls is a load of many keys that notes what it was asked for.
type calls struct {
	mu  sync.Mutex
	all [][]string
}

func (c *calls) load(_ context.Context, missing []string) (map[string]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, slices.Sorted(slices.Values(missing)))
	values := map[string]string{"not asked for": "x"}
	for _, key := range missing {
		if !strings.HasPrefix(key, "absent") {
			values[key] = "value of " + key
		}
	}
	return values, nil
}

func (c *calls) taken() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() { c.all = nil }()
	return fmt.Sprint(c.all)
}

func valuesOf(keys ...string) map[string]string {
	values := map[string]string{}
	for _, key := range keys {
		values[key] = "value of " + key
	}
	return values
}

// everywhere runs a test on an embedded Redis, a real one and a cluster, in parallel
// with others, because a cluster takes two seconds to accept writes. Redis may be as slow
// as a busy machine makes it: calls do not give it up.
func everywhere(t *testing.T, test func(t *testing.T, rdb, other redis.UniversalClient)) {
	t.Parallel()
	redistest.Each(t, func(t *testing.T, url string) { test(t, patient(t, dial(t, url)), patient(t, dial(t, url))) })
	t.Run("cluster", func(t *testing.T) {
		c := redistest.Cluster(t)
		test(t, patient(t, clusterClient(t, c)), patient(t, clusterClient(t, c)))
	})
}

// patient gives the calls of a client a minute for Redis.
func patient(t *testing.T, rdb redis.UniversalClient) redis.UniversalClient {
	t.Helper()
	if err := cache.SetDefaults(rdb, cache.Budget(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return rdb
}

func TestFetchMany(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb, other redis.UniversalClient) {
		source := &calls{}
		fetch := func(rdb redis.UniversalClient, keys ...string) map[string]string {
			t.Helper()
			return must[map[string]string](t)(cache.FetchMany(t.Context(), rdb, keys, time.Minute, source.load))
		}
		want := func(got map[string]string, loads string, keys ...string) {
			t.Helper()
			if !maps.Equal(got, valuesOf(keys...)) {
				t.Errorf("got %v, want the values of %v", got, keys)
			}
			if l := source.taken(); l != loads {
				t.Errorf("loads %s, want %s", l, loads)
			}
		}
		want(fetch(rdb), "[]")
		want(fetch(rdb, "a", "b", "a", "absent", "c"), "[[a absent b c]]", "a", "b", "c")
		want(fetch(other, "a", "b", "c"), "[]", "a", "b", "c")
		want(fetch(rdb, "d", "a"), "[[d]]", "a", "d")
		want(fetch(rdb, "absent"), "[[absent]]")
		gone(t, rdb, "absent")
		if v := raw(t, rdb, "d"); v != `"value of d"` {
			t.Errorf("stored %s", v)
		}
		if ttl := rdb.TTL(t.Context(), "a").Val(); ttl <= 0 || ttl > time.Minute {
			t.Errorf("the TTL is %v", ttl)
		}
		// One entry is deleted, one is no JSON of the type, one is of another type.
		rdb.Del(t.Context(), "a")
		rdb.Set(t.Context(), "b", "{", time.Minute)
		rdb.Del(t.Context(), "c")
		rdb.LPush(t.Context(), "c", "x")
		want(fetch(rdb, "a", "b", "c", "d"), "[[a b c]]", "a", "b", "c", "d")
		if v := raw(t, rdb, "b"); v != `"value of b"` {
			t.Errorf("stored %s", v)
		}
		if kind := rdb.Type(t.Context(), "c").Val(); kind != "list" {
			t.Errorf("the list became a %s", kind)
		}
		if n := must[int64](t)(cache.Forget(t.Context(), rdb, "a", "d")); n != 2 {
			t.Errorf("%d forgotten", n)
		}
	})
}

// TestFetchManyOfTwoHundredKeys is more than one lease in a pipeline.
func TestFetchManyOfTwoHundredKeys(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb, _ redis.UniversalClient) {
		source := &calls{}
		keys := make([]string, 200)
		for i := range keys {
			keys[i] = fmt.Sprint("k", i)
		}
		for _, some := range [][]string{keys[:100], keys, keys} {
			got := must[map[string]string](t)(cache.FetchMany(t.Context(), rdb, some, time.Minute, source.load))
			if !maps.Equal(got, valuesOf(some...)) {
				t.Errorf("%d values of %d keys", len(got), len(some))
			}
		}
		if len(source.all) != 2 || len(source.all[1]) != 100 {
			t.Errorf("%d loads", len(source.all))
		}
		if n := rdb.DBSize(t.Context()).Val(); n != 200 {
			t.Errorf("%d keys are stored", n)
		}
	})
}

func TestFetchManyFails(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb, _ redis.UniversalClient) {
		rdb.Set(t.Context(), "a", `1`, time.Minute)
		keys := []string{"a", "b", "c"}
		got, err := cache.FetchMany(t.Context(), rdb, keys, time.Minute, func(context.Context, []string) (map[string]int, error) { return nil, errLoad })
		if err != errLoad || got != nil {
			t.Errorf("%v, %v", got, err)
		}
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Errorf("recovered %v", r)
				}
			}()
			_, _ = cache.FetchMany(t.Context(), rdb, keys, time.Minute, func(context.Context, []string) (map[string]int, error) { panic("boom") })
		}()
		gone(t, rdb, "b")
		gone(t, rdb, "c")
		for what, call := range map[string]func() error{
			"TTL": func() error {
				_, err := cache.FetchMany(t.Context(), rdb, keys, 0, func(context.Context, []string) (map[string]int, error) { return nil, nil })
				return err
			},
			"client": func() error {
				_, err := cache.FetchMany(t.Context(), (*redis.Client)(nil), keys, time.Minute, func(context.Context, []string) (map[string]int, error) { return nil, nil })
				return err
			},
		} {
			if err := call(); err == nil {
				t.Errorf("%s: no error", what)
			}
		}
	})
}

func TestFetchManyNotFound(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb, _ redis.UniversalClient) {
		source := &calls{}
		notFound := cache.NotFound(sql.ErrNoRows, 10*time.Second)
		for range 2 {
			got := must[map[string]string](t)(cache.FetchMany(t.Context(), rdb, []string{"a", "absent"}, time.Minute, source.load, notFound))
			if !maps.Equal(got, valuesOf("a")) {
				t.Errorf("got %v", got)
			}
		}
		if l := source.taken(); l != "[[a absent]]" {
			t.Errorf("loads %s", l)
		}
		if v, err := cache.Fetch(t.Context(), rdb, "absent", time.Minute, never[string], notFound); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("%q, %v", v, err)
		}
		if ttl := rdb.TTL(t.Context(), "absent").Val(); ttl > 10*time.Second {
			t.Errorf("the TTL is %v", ttl)
		}
	})
}

// TestFetchManyOverlaps: calls whose keys overlap load each key once, and none waits
// for another in a circle.
func TestFetchManyOverlaps(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb, other redis.UniversalClient) {
		for round := range 10 {
			var loads sync.Map
			var calls []<-chan outcome[map[string]string]
			var wanted [][]string
			for i := range 40 {
				client := rdb
				if i%2 == 1 {
					client = other
				}
				var keys []string
				for range 1 + rand.N(12) {
					keys = append(keys, fmt.Sprint("k", round, "-", rand.N(20)))
				}
				wanted = append(wanted, keys)
				if i%5 == 0 { // a single Fetch of one of the keys
					keys = keys[:1]
					wanted[i] = keys
					calls = append(calls, async(func() (map[string]string, error) {
						v, err := cache.Fetch(t.Context(), client, keys[0], time.Minute, func(context.Context) (string, error) {
							count(&loads, keys[0])
							return "value of " + keys[0], nil
						})
						return map[string]string{keys[0]: v}, err
					}))
					continue
				}
				calls = append(calls, async(func() (map[string]string, error) {
					return cache.FetchMany(t.Context(), client, keys, time.Minute, func(_ context.Context, missing []string) (map[string]string, error) {
						for _, key := range missing {
							count(&loads, key)
						}
						return valuesOf(missing...), nil
					})
				}))
			}
			for i, call := range calls {
				if r := receive(t, call, "a call"); r.err != nil || !maps.Equal(r.value, valuesOf(wanted[i]...)) {
					t.Fatalf("%v of %v, %v", r.value, wanted[i], r.err)
				}
			}
			loads.Range(func(key, n any) bool {
				if n := n.(*atomic.Int64).Load(); n != 1 {
					t.Errorf("%v was loaded %d times", key, n)
				}
				return true
			})
		}
	})
}

func count(loads *sync.Map, key string) {
	n, _ := loads.LoadOrStore(key, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
}

// TestFetchManyJoins: a Fetch of one key waits for the load of many, which leaves out
// what the Fetch then loads itself.
func TestFetchManyJoins(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb, other redis.UniversalClient) {
		began, gate := make(chan []string, 1), make(chan struct{})
		many := async(func() (map[string]string, error) {
			return cache.FetchMany(t.Context(), rdb, []string{"a", "left out"}, time.Minute, func(_ context.Context, missing []string) (map[string]string, error) {
				began <- missing
				<-gate
				return valuesOf("a"), nil
			})
		})
		receive(t, began, "the load")
		s := newSource("own")
		s.open()
		var singles []<-chan outcome[string]
		for _, client := range []redis.UniversalClient{rdb, other} {
			joins := async(func() (string, error) { return cache.Fetch(t.Context(), client, "a", time.Minute, never[string]) })
			own := async(func() (string, error) { return cache.Fetch(t.Context(), client, "left out", time.Minute, s.load) })
			joined(t, s, joins)
			singles = append(singles, joins, own)
		}
		close(gate)
		if r := receive(t, many, "the call"); r.err != nil || !maps.Equal(r.value, valuesOf("a")) {
			t.Fatalf("%+v", r)
		}
		for i, want := range []string{"value of a", "own", "value of a", "own"} {
			if r := receive(t, singles[i], "a single key"); r.err != nil || r.value != want {
				t.Errorf("%d: %+v, want %s", i, r, want)
			}
		}
	})
}

// TestFetchManyAndDEL: what was deleted while it was loaded is not stored; the others are.
func TestFetchManyAndDEL(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb, other redis.UniversalClient) {
		got := must[map[string]string](t)(cache.FetchMany(t.Context(), rdb, []string{"a", "b"}, time.Minute, func(_ context.Context, missing []string) (map[string]string, error) {
			other.Del(context.Background(), "a")
			return valuesOf(missing...), nil
		}))
		if !maps.Equal(got, valuesOf("a", "b")) {
			t.Errorf("got %v", got)
		}
		gone(t, rdb, "a")
		raw(t, rdb, "b")
	})
}

// TestFetchManyLeaves: the load goes on when its caller has left, is joined, and stored.
func TestFetchManyLeaves(t *testing.T) {
	everywhere(t, func(t *testing.T, rdb, other redis.UniversalClient) {
		began, gate := make(chan struct{}, 2), make(chan struct{})
		load := func(ctx context.Context, missing []string) (map[string]string, error) {
			began <- struct{}{}
			select {
			case <-gate:
				return valuesOf(missing...), nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
		keys := []string{"a", "b", "c"}
		ctx, cancel := context.WithCancel(t.Context())
		first := async(func() (map[string]string, error) { return cache.FetchMany(ctx, rdb, keys, time.Minute, load) })
		receive(t, began, "the load")
		cancel()
		if r := receive(t, first, "the caller"); !errors.Is(r.err, context.Canceled) {
			t.Fatalf("%+v", r)
		}
		second := async(func() (map[string]string, error) { return cache.FetchMany(t.Context(), rdb, keys, time.Minute, load) })
		third := async(func() (map[string]string, error) { return cache.FetchMany(t.Context(), other, keys, time.Minute, load) })
		select {
		case <-began:
			t.Fatal("it was loaded again")
		case <-time.After(100 * time.Millisecond):
		}
		close(gate)
		for _, c := range []<-chan outcome[map[string]string]{second, third} {
			if r := receive(t, c, "a caller"); r.err != nil || !maps.Equal(r.value, valuesOf(keys...)) {
				t.Errorf("%+v", r)
			}
		}

		// With KeepLoading(0) the load ends with its caller, and gives its leases back.
		gate = make(chan struct{})
		ctx, cancel = context.WithCancel(t.Context())
		first = async(func() (map[string]string, error) {
			return cache.FetchMany(ctx, rdb, []string{"x", "y"}, time.Minute, load, cache.KeepLoading(0))
		})
		receive(t, began, "the load")
		cancel()
		receive(t, first, "the caller")
		eventually.True(t, "no leases", func() bool { return rdb.Exists(t.Context(), "x").Val()+rdb.Exists(t.Context(), "y").Val() == 0 })
	})
}

// TestFetchManyOutage: without Redis every call loads what it asks for, together, and
// stores nothing.
func TestFetchManyOutage(t *testing.T) {
	for _, kind := range []string{"killed", "paused"} {
		t.Run(kind, func(t *testing.T) {
			s := redistest.Start(t)
			rdb := dial(t, s.URL())
			source := &calls{}
			fetch := func() {
				t.Helper()
				got := must[map[string]string](t)(cache.FetchMany(t.Context(), rdb, []string{"a", "b", "absent"}, time.Minute, source.load, cache.Budget(budget)))
				if !maps.Equal(got, valuesOf("a", "b")) {
					t.Errorf("got %v", got)
				}
			}
			fetch()
			source.taken()
			if kind == "killed" {
				s.Kill()
			} else {
				s.Pause()
			}
			for range 3 {
				fetch()
				if l := source.taken(); l != "[[a absent b]]" {
					t.Errorf("loads %s", l)
				}
			}
			if kind == "killed" {
				s.Restart()
			} else {
				s.Resume()
			}
			eventually.True(t, "hits", func() bool { fetch(); return source.taken() == "[[absent]]" })
		})
	}
}

// TestFetchManyStale: stale values are served at once, and loaded anew by one load.
func TestFetchManyStale(t *testing.T) {
	bubble(t, func(t *testing.T, _ *miniredis.Miniredis, dial func() *redis.Client) {
		rdb := dial()
		version := 1
		var loads [][]string
		fetch := func() map[string]int {
			t.Helper()
			return must[map[string]int](t)(cache.FetchMany(t.Context(), rdb, []string{"a", "b", "c"}, time.Minute,
				func(_ context.Context, missing []string) (map[string]int, error) {
					loads = append(loads, slices.Sorted(slices.Values(missing)))
					time.Sleep(time.Second)
					values := map[string]int{}
					for _, key := range missing {
						values[key] = version
					}
					return values, nil
				}, cache.Stale(time.Hour)))
		}
		want := func(n int) {
			t.Helper()
			if got := fetch(); !maps.Equal(got, map[string]int{"a": n, "b": n, "c": n}) {
				t.Errorf("got %v, want %d", got, n)
			}
		}
		want(1)
		time.Sleep(2 * time.Minute)
		version = 2
		want(1)
		want(1) // it is being refreshed
		time.Sleep(2 * time.Second)
		want(2)
		if got := fmt.Sprint(loads); got != "[[a b c] [a b c]]" {
			t.Errorf("loads %s", got)
		}
	})
}

// TestFetchManyRecursion: a load that would wait for itself is an error, however it is
// reached.
func TestLoadsThatWaitForThemselves(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		var fetch, fetchMany func(ctx context.Context, key string, then ...func(context.Context, string) error) error
		fetch = func(ctx context.Context, key string, then ...func(context.Context, string) error) error {
			_, err := cache.Fetch(ctx, rdb, key, time.Minute, func(ctx context.Context) (int, error) {
				for _, f := range then {
					if err := f(ctx, "a"); err != nil {
						return 0, err
					}
				}
				return 1, nil
			})
			return err
		}
		fetchMany = func(ctx context.Context, key string, then ...func(context.Context, string) error) error {
			_, err := cache.FetchMany(ctx, rdb, []string{key, "z"}, time.Minute, func(ctx context.Context, _ []string) (map[string]int, error) {
				for _, f := range then {
					if err := f(ctx, "a"); err != nil {
						return nil, err
					}
				}
				return nil, nil
			})
			return err
		}
		again := func(ctx context.Context, key string) error { return fetch(ctx, key) }
		againMany := func(ctx context.Context, key string) error { return fetchMany(ctx, key) }
		through := func(ctx context.Context, _ string) error { return fetch(ctx, "b", againMany) }
		for name, call := range map[string]func() error{
			"itself":           func() error { return fetch(t.Context(), "a", again) },
			"through another":  func() error { return fetch(t.Context(), "a", through) },
			"many":             func() error { return fetchMany(t.Context(), "a", again) },
			"many by another":  func() error { return fetchMany(t.Context(), "a", through) },
			"many from single": func() error { return fetch(t.Context(), "a", againMany) },
		} {
			if r := receive(t, async(func() (int, error) { return 0, call() }), name); r.err == nil || !strings.Contains(r.err.Error(), "wait for itself") {
				t.Errorf("%s: %v", name, r.err)
			}
		}

		// Two loads that wait for each other: one of them gets the error.
		xBegan, yBegan := make(chan struct{}), make(chan struct{})
		cross := func(key, other string, began func(), otherBegan <-chan struct{}) <-chan outcome[int] {
			return async(func() (int, error) {
				return cache.Fetch(t.Context(), rdb, key, time.Minute, func(ctx context.Context) (int, error) {
					began()
					<-otherBegan
					return 1, fetch(ctx, other)
				})
			})
		}
		x := cross("x", "y", sync.OnceFunc(func() { close(xBegan) }), yBegan)
		y := cross("y", "x", sync.OnceFunc(func() { close(yBegan) }), xBegan)
		failed := 0
		for _, c := range []<-chan outcome[int]{x, y} {
			if r := receive(t, c, "one of two"); r.err != nil {
				failed++
			}
		}
		if failed == 0 {
			t.Error("two loads waited for each other and both succeeded")
		}
	})
}
