package cache_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
)

var errLoad = errors.New("the database is gone")

// failing runs a leader and two joiners, one of them another client, into a load
// that ends with fail.
func failing(t *testing.T, rdb, other *redis.Client, fail func()) (leader outcome[string], recovered any, joiner, elsewhere outcome[string]) {
	t.Helper()
	began, end := make(chan struct{}), make(chan struct{})
	load := func(context.Context) (string, error) {
		close(began)
		<-end
		fail()
		return "", errLoad
	}
	fetch := func(rdb *redis.Client, load func(context.Context) (string, error)) func() (string, error) {
		return func() (string, error) { return cache.Fetch(t.Context(), rdb, "k", time.Minute, load) }
	}
	type leaderEnd struct {
		outcome[string]
		recovered any
	}
	first := make(chan leaderEnd, 1)
	go func() {
		e := leaderEnd{outcome: outcome[string]{err: errors.New("exited")}}
		defer func() {
			e.recovered = recover()
			first <- e
		}()
		v, err := fetch(rdb, load)()
		e.outcome = outcome[string]{value: v, err: err}
	}()
	receive(t, began, "the load")
	second := async(fetch(rdb, never[string]))
	third := async(fetch(other, func(context.Context) (string, error) { return "own", nil }))
	time.Sleep(50 * time.Millisecond) // they see the lease
	close(end)
	e := receive(t, first, "the leader")
	return e.outcome, e.recovered, receive(t, second, "the joiner"), receive(t, third, "the other client")
}

func TestLoadFails(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, other := dial(t, url), dial(t, url)
		leader, _, joiner, elsewhere := failing(t, rdb, other, func() {})
		for name, r := range map[string]outcome[string]{"leader": leader, "joiner": joiner} {
			if r.err != errLoad {
				t.Errorf("%s: %v, want the error as it is", name, r.err)
			}
		}
		if elsewhere.value != "own" || elsewhere.err != nil {
			t.Errorf("the other client: %+v, want its own load at once", elsewhere)
		}
	})
}

func TestLoadPanics(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, other := dial(t, url), dial(t, url)
		boom := fmt.Errorf("boom: %w", errLoad)
		_, recovered, joiner, elsewhere := failing(t, rdb, other, func() { panic(boom) })
		if recovered != boom {
			t.Errorf("the leader recovered %v, want the value itself", recovered)
		}
		var p *cache.PanicError
		if !errors.As(joiner.err, &p) || p.Value != boom || !errors.Is(joiner.err, errLoad) || !strings.Contains(string(p.Stack), "failing") {
			t.Errorf("the joiner got %v", joiner.err)
		}
		if elsewhere.value != "own" || elsewhere.err != nil {
			t.Errorf("the other client: %+v", elsewhere)
		}
	})
}

func TestLoadExits(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb, other := dial(t, url), dial(t, url)
		leader, recovered, joiner, _ := failing(t, rdb, other, runtime.Goexit)
		if recovered != nil || leader.err == nil || leader.err.Error() != "exited" {
			t.Errorf("the leader: %+v, recovered %v, want its goroutine to exit", leader, recovered)
		}
		var p *cache.PanicError
		if !errors.As(joiner.err, &p) || p.Value != nil {
			t.Errorf("the joiner got %v", joiner.err)
		}
	})
}

// TestFailureLeavesNoLease: when Fetch is back, so is the lease.
func TestFailureLeavesNoLease(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		_, err := cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (int, error) { return 1, errLoad })
		if !errors.Is(err, errLoad) {
			t.Fatal(err)
		}
		gone(t, rdb, "k")
		func() {
			defer func() { _ = recover() }()
			_, _ = cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (int, error) { panic(1) })
		}()
		gone(t, rdb, "k")
	})
}

// TestCorruptEntry: fifty callers find what is not JSON of their type. All get the
// value, by one load.
func TestCorruptEntry(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		for i, corrupt := range []string{"", "not JSON", `{"id":1`, `[1]`, `"v" "w"`, "\x00", "\x00lease", "\xff"} {
			key := fmt.Sprint("k", i)
			rdb.Set(t.Context(), key, corrupt, time.Minute)
			s := newSource("v")
			seen := &events{}
			var all []<-chan outcome[User]
			for range 50 {
				all = append(all, async(func() (User, error) {
					return cache.Fetch(t.Context(), rdb, key, time.Minute, func(ctx context.Context) (User, error) {
						_, err := s.load(ctx)
						return ada, err
					}, seen.observe())
				}))
			}
			receive(t, s.began, "the load")
			s.open()
			for _, c := range all {
				if r := receive(t, c, "a caller"); r.err != nil || r.value != ada {
					t.Fatalf("%q: %+v", corrupt, r)
				}
			}
			if s.loads.Load() != 1 || raw(t, rdb, key) != `{"id":1,"name":"Ada"}` {
				t.Fatalf("%q: %d loads, stored %s", corrupt, s.loads.Load(), raw(t, rdb, key))
			}
			if n := seen.count(cache.EventCorrupt); n != 1 {
				t.Fatalf("%q: %d events of a corrupt entry", corrupt, n)
			}
		}
	})
}

// TestTwoTypes: calls that disagree about the type of a key both get what they want.
func TestTwoTypes(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		for range 3 {
			a := async(func() (int, error) {
				return cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (int, error) { return 1, nil })
			})
			b := async(func() (string, error) {
				return cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (string, error) { return "v", nil })
			})
			if r := receive(t, a, "int"); r.err != nil || r.value != 1 {
				t.Fatalf("%+v", r)
			}
			if r := receive(t, b, "string"); r.err != nil || r.value != "v" {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// TestWrongType: a hash at the key stays a hash.
func TestWrongType(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		rdb.HSet(t.Context(), "k", "field", "1")
		seen := &events{}
		for range 2 {
			got, err := cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (string, error) { return "v", nil }, seen.observe())
			if err != nil || got != "v" {
				t.Fatalf("%q, %v", got, err)
			}
		}
		if got := rdb.HGet(t.Context(), "k", "field").Val(); got != "1" {
			t.Fatalf("the hash holds %q", got)
		}
		seen.want(t, cache.EventFailOpen, cache.EventFailOpen)
		if err := seen.all[0].Err; !redis.HasErrorPrefix(err, "WRONGTYPE") {
			t.Fatalf("the event says %v", err)
		}
	})
}

// TestWrongTypeDuringLoad: the same when the key changes its type under the lease.
func TestWrongTypeDuringLoad(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		seen := &events{}
		got := must[string](t)(cache.Fetch(t.Context(), rdb, "k", time.Minute, func(ctx context.Context) (string, error) {
			rdb.Del(ctx, "k")
			return "v", rdb.HSet(ctx, "k", "field", "1").Err()
		}, seen.observe()))
		if got != "v" || rdb.HGet(t.Context(), "k", "field").Val() != "1" {
			t.Fatalf("%q, the hash holds %q", got, rdb.HGet(t.Context(), "k", "field").Val())
		}
		seen.want(t, cache.EventRejected, cache.EventMiss)
	})
}

func TestNotFound(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		loads := 0
		seen := &events{}
		fetch := func(opts ...cache.Option) (*User, error) {
			return cache.Fetch(t.Context(), rdb, "k", time.Hour, func(context.Context) (*User, error) {
				loads++
				return nil, fmt.Errorf("user 1: %w", errLoad)
			}, append(opts, seen.observe())...)
		}
		remember := cache.NotFound(errLoad, time.Second)
		for range 3 {
			if v, err := fetch(remember); !errors.Is(err, errLoad) || v != nil {
				t.Fatalf("%v, %v", v, err)
			}
		}
		if loads != 1 {
			t.Fatalf("%d loads", loads)
		}
		seen.want(t, cache.EventMiss, cache.EventHit, cache.EventHit)
		if ttl := rdb.PTTL(t.Context(), "k").Val(); ttl > time.Second || ttl < 500*time.Millisecond {
			t.Fatalf("TTL %v", ttl)
		}
		// To every other reader it is a JSON null.
		if v, err := fetch(); v != nil || err != nil {
			t.Fatalf("without the option: %v, %v", v, err)
		}
		rdb.Del(t.Context(), "k")
		// A null that was loaded is a value.
		v, err := cache.Fetch(t.Context(), rdb, "k", time.Hour, func(context.Context) (*User, error) { return nil, nil }, remember)
		if v != nil || err != nil {
			t.Fatalf("loaded null: %v, %v", v, err)
		}
		if v, err := fetch(remember); v != nil || err != nil {
			t.Fatalf("stored null: %v, %v", v, err)
		}
	})
}
