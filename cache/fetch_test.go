package cache_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestMissThenHit(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		seen := &events{}
		fetch := func() User {
			return must[User](t)(cache.Fetch(t.Context(), rdb, "k", time.Minute,
				func(context.Context) (User, error) { return ada, nil }, seen.observe()))
		}
		if got := fetch(); got != ada {
			t.Fatalf("miss: %+v", got)
		}
		if got := raw(t, rdb, "k"); got != `{"id":1,"name":"Ada"}` {
			t.Fatalf("stored: %q", got)
		}
		if ttl := rdb.PTTL(t.Context(), "k").Val(); ttl <= 50*time.Second || ttl > time.Minute {
			t.Fatalf("TTL %v", ttl)
		}
		if got := fetch(); got != ada {
			t.Fatalf("hit: %+v", got)
		}
		seen.want(t, cache.EventMiss, cache.EventHit)
	})
}

func TestWrittenByHand(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		rdb.Set(t.Context(), "k", ` {"name": "Ada", "id": 1}`, time.Minute)
		got, err := cache.Fetch(t.Context(), rdb, "k", time.Minute, never[User])
		if err != nil || got != ada {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}

// never is the load of a call that must not load.
func never[T any](context.Context) (v T, err error) {
	return v, errors.New("load was called")
}

type celsius float64

func (c celsius) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%g C", float64(c)), nil }
func (c *celsius) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "%g C", (*float64)(c))
	return err
}

// TestRoundTrip: what a miss returns is what a hit returns, for all kinds of T,
// and the empty ones are values like others.
func TestRoundTrip(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		roundTrip(t, rdb, "nil pointer", (*User)(nil), "null")
		roundTrip(t, rdb, "pointer", &ada, `{"id":1,"name":"Ada"}`)
		roundTrip(t, rdb, "zero", 0, "0")
		roundTrip(t, rdb, "empty string", "", `""`)
		roundTrip(t, rdb, "false", false, "false")
		roundTrip(t, rdb, "empty slice", []int{}, "[]")
		roundTrip(t, rdb, "nil slice", []int(nil), "null")
		roundTrip(t, rdb, "nil map", map[string]int(nil), "null")
		roundTrip(t, rdb, "bytes", []byte{0, 255}, `"AP8="`)
		roundTrip(t, rdb, "raw message", json.RawMessage(`{"a":[1,2]}`), `{"a":[1,2]}`)
		roundTrip[any](t, rdb, "nil interface", nil, "null")
		roundTrip[any](t, rdb, "interface", map[string]any{"a": 1.5}, `{"a":1.5}`)
		roundTrip(t, rdb, "text marshaler", celsius(21.5), `"21.5 C"`)
		roundTrip(t, rdb, "text", "\x00lease:x <b>", `"\u0000lease:x \u003cb\u003e"`)
		roundTrip(t, rdb, "time", time.Date(2026, 11, 23, 1, 2, 3, 4, time.UTC), `"2026-11-23T01:02:03.000000004Z"`)
		roundTrip(t, rdb, "struct{}", struct{}{}, "{}")
	})
}

func roundTrip[T any](t *testing.T, rdb *redis.Client, key string, value T, want string) {
	t.Helper()
	miss, err := cache.Fetch(t.Context(), rdb, key, time.Minute, func(context.Context) (T, error) { return value, nil })
	if err != nil {
		t.Fatalf("%s: miss: %v", key, err)
	}
	if got := raw(t, rdb, key); got != want {
		t.Errorf("%s: stored %q, want %q", key, got, want)
	}
	hit, err := cache.Fetch(t.Context(), rdb, key, time.Minute, never[T])
	if err != nil {
		t.Fatalf("%s: hit: %v", key, err)
	}
	if !reflect.DeepEqual(miss, value) || !reflect.DeepEqual(hit, value) {
		t.Errorf("%s: miss %#v, hit %#v, want %#v", key, miss, hit, value)
	}
}

func TestCallersShareNoMemory(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		own := &User{ID: 1}
		s := newSource("")
		fetch := func() (*User, error) {
			return cache.Fetch(t.Context(), rdb, "k", time.Minute, func(ctx context.Context) (*User, error) {
				_, err := s.load(ctx)
				return own, err
			})
		}
		first := async(fetch)
		receive(t, s.began, "the load")
		second := async(fetch)
		joined(t, s, second)
		s.open()
		a, b := receive(t, first, "first").value, receive(t, second, "second").value
		if a == own || b == own || a == b {
			t.Fatal("callers share a pointer")
		}
		if s.loads.Load() != 1 {
			t.Fatalf("%d loads", s.loads.Load())
		}
	})
}

// TestNoEncoding: what JSON cannot carry is returned, reported, and not stored.
func TestNoEncoding(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		noEncoding(t, rdb, "NaN", math.NaN(), math.IsNaN)
		noEncoding(t, rdb, "channel", make(chan int), func(c chan int) bool { return c != nil })
		noEncoding(t, rdb, "no way back", error(errors.New("x")), func(err error) bool { return err.Error() == "x" })
	})
}

func noEncoding[T any](t *testing.T, rdb *redis.Client, key string, value T, ok func(T) bool) {
	t.Helper()
	seen := &events{}
	got, err := cache.Fetch(t.Context(), rdb, key, time.Minute, func(context.Context) (T, error) { return value, nil }, seen.observe())
	if err != nil || !ok(got) {
		t.Errorf("%s: %v, %v", key, got, err)
	}
	gone(t, rdb, key)
	seen.want(t, cache.EventCorrupt, cache.EventMiss)
	if seen.all[0].Err == nil {
		t.Errorf("%s: the event does not say why", key)
	}
}

func TestArguments(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		fetch := func(ttl time.Duration, opts ...cache.Option) error {
			_, err := cache.Fetch(t.Context(), rdb, "k", ttl, never[int], opts...)
			return err
		}
		for name, err := range map[string]error{
			"zero TTL":      fetch(0),
			"negative TTL":  fetch(-time.Second),
			"Stale(0)":      fetch(time.Second, cache.Stale(0)),
			"Budget(-1)":    fetch(time.Second, cache.Budget(-1)),
			"Lease(0)":      fetch(time.Second, cache.Lease(0)),
			"NotFound nil":  fetch(time.Second, cache.NotFound(nil, time.Second)),
			"NotFound zero": fetch(time.Second, cache.NotFound(context.Canceled, 0)),
		} {
			if err == nil || !strings.HasPrefix(err.Error(), "cache: ") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := cache.Fetch(t.Context(), nil, "k", time.Second, never[int]); err == nil {
			t.Error("nil client: no error")
		}
		gone(t, rdb, "k")
	})
}

// TestShortTTL: milliseconds count, in the real Redis.
func TestShortTTL(t *testing.T) {
	t.Parallel()
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		began := time.Now()
		must[int](t)(cache.Fetch(t.Context(), rdb, "k", 500*time.Millisecond, func(context.Context) (int, error) { return 1, nil }))
		if ttl := rdb.PTTL(t.Context(), "k").Val(); ttl > 500*time.Millisecond {
			t.Fatalf("TTL %v", ttl)
		}
		eventually.True(t, "the end of the entry", func() bool { return rdb.Exists(t.Context(), "k").Val() == 0 })
		if lived := time.Since(began); lived < 490*time.Millisecond {
			t.Fatalf("the entry lived %v", lived)
		}
		must[int](t)(cache.Fetch(t.Context(), rdb, "tiny", time.Nanosecond, func(context.Context) (int, error) { return 1, nil }))
	})
}

func TestScriptFlush(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		for i := range 3 {
			key := fmt.Sprint("k", i)
			got := must[int](t)(cache.Fetch(t.Context(), rdb, key, time.Minute, func(context.Context) (int, error) {
				return i, rdb.ScriptFlush(t.Context()).Err()
			}))
			if got != i || raw(t, rdb, key) != fmt.Sprint(i) {
				t.Fatalf("%d: %d, %q", i, got, raw(t, rdb, key))
			}
			rdb.ScriptFlush(t.Context())
		}
	})
}

func TestProtocols(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		for _, protocol := range []int{2, 3} {
			rdb := dial(t, url, func(o *redis.Options) { o.Protocol = protocol })
			key := fmt.Sprint("k", protocol)
			for range 2 {
				got := must[string](t)(cache.Fetch(t.Context(), rdb, key, time.Minute,
					func(context.Context) (string, error) { return "v", nil }, cache.Stale(time.Minute)))
				if got != "v" {
					t.Fatalf("RESP%d: %q", protocol, got)
				}
			}
			if v := must[int64](t)(cache.Version(t.Context(), rdb, key+"v")); v == 0 {
				t.Fatalf("RESP%d: version 0", protocol)
			}
		}
	})
}

// TestWithoutContextTimeouts: the budget holds on a client that ignores contexts.
func TestWithoutContextTimeouts(t *testing.T) {
	s := redistest.Start(t)
	rdb := dial(t, s.URL(), func(o *redis.Options) {
		o.ContextTimeoutEnabled = false
		o.ReadTimeout = 5 * time.Second
		o.MaxRetries = -1
	})
	fetch := func(budget time.Duration) (string, error) {
		return cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (string, error) { return "v", nil }, cache.Budget(budget))
	}
	for range 2 {
		if got := must[string](t)(fetch(time.Second)); got != "v" {
			t.Fatal(got)
		}
	}
	s.Pause()
	defer s.Resume()
	began := time.Now()
	if got := must[string](t)(fetch(100 * time.Millisecond)); got != "v" {
		t.Fatal(got)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Fatalf("took %v", took)
	}
}

func TestLoadThatFetchesItself(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		var fetch func(context.Context) (int, error)
		fetch = func(ctx context.Context) (int, error) {
			return cache.Fetch(ctx, rdb, "k", time.Minute, func(ctx context.Context) (int, error) {
				return cache.Fetch(ctx, rdb, "other", time.Minute, fetch)
			})
		}
		if _, err := fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "wait for itself") {
			t.Fatalf("got %v", err)
		}
		gone(t, rdb, "k")
	})
}
