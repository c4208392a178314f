package cache_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
)

// patience is how long a test waits for what must happen.
const patience = 15 * time.Second

type User struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

var ada = User{ID: 1, Name: "Ada"}

// dial returns a client of the server at url, closed with the test.
func dial(tb testing.TB, url string, change ...func(*redis.Options)) *redis.Client {
	tb.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	o.ContextTimeoutEnabled = true
	for _, f := range change {
		f(o)
	}
	c := redis.NewClient(o)
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// source is a slow data source that counts its loads.
type source struct {
	loads atomic.Int64
	mu    sync.Mutex
	value string
	// began gets one message per load, and gate, when not nil, holds loads back.
	began chan struct{}
	gate  chan struct{}
}

func newSource(value string) *source {
	return &source{value: value, began: make(chan struct{}, 10000), gate: make(chan struct{})}
}

// open lets all loads through from now on.
func (s *source) open() { close(s.gate) }

// load reads the value first and then waits: the reply of a slow query.
func (s *source) load(ctx context.Context) (string, error) {
	s.loads.Add(1)
	s.mu.Lock()
	v := s.value
	s.mu.Unlock()
	s.began <- struct{}{}
	select {
	case <-s.gate:
		return v, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// events is an observer that remembers.
type events struct {
	mu  sync.Mutex
	all []cache.Event
}

func (e *events) observe() cache.Option {
	return cache.Observe(func(ev cache.Event) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.all = append(e.all, ev)
	})
}

func (e *events) count(kind cache.EventKind) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.all {
		if ev.Kind == kind {
			n++
		}
	}
	return n
}

// want fails the test unless the events are exactly those, in this order.
func (e *events) want(tb testing.TB, kinds ...cache.EventKind) {
	tb.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	got := make([]cache.EventKind, len(e.all))
	for i, ev := range e.all {
		got[i] = ev.Kind
	}
	if fmt.Sprint(got) != fmt.Sprint(kinds) {
		tb.Fatalf("events %v, want %v: %v", got, kinds, e.all)
	}
}

// outcome is what a Fetch in another goroutine returned.
type outcome[T any] struct {
	value T
	err   error
	took  time.Duration
}

// async runs f in a goroutine.
func async[T any](f func() (T, error)) <-chan outcome[T] {
	c := make(chan outcome[T], 1)
	go func() {
		began := time.Now()
		v, err := f()
		c <- outcome[T]{v, err, time.Since(began)}
	}()
	return c
}

// receive waits for a message.
func receive[T any](tb testing.TB, c <-chan T, what string) T {
	tb.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		tb.Fatalf("%s: nothing after %v", what, patience)
		panic("unreachable")
	}
}

func must[T any](tb testing.TB) func(T, error) T {
	return func(v T, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

// raw is what a reader that knows nothing of the package sees.
func raw(tb testing.TB, rdb redis.UniversalClient, key string) string {
	tb.Helper()
	v, err := rdb.Get(context.Background(), key).Result()
	if err != nil {
		tb.Fatalf("GET %s: %v", key, err)
	}
	return v
}

func gone(tb testing.TB, rdb redis.UniversalClient, key string) {
	tb.Helper()
	if n := must[int64](tb)(rdb.Exists(context.Background(), key).Result()); n != 0 {
		tb.Fatalf("%s is still in redis: %q", key, rdb.Get(context.Background(), key).Val())
	}
}

// embedded returns a client of a new miniredis whose TTLs run.
func embedded(tb testing.TB) *redis.Client {
	tb.Helper()
	m := miniredis.NewMiniRedis()
	m.ClockTTL(true)
	if err := m.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(m.Close)
	return dial(tb, "redis://"+m.Addr())
}
