package cache

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/redistest"
)

// TestStateHangsOnTheClient: each client has one state, and takes it along.
func TestStateHangsOnTheClient(t *testing.T) {
	var r registry
	known := func() int {
		if all := r.all.Load(); all != nil {
			return len(*all)
		}
		return 0
	}
	a, b := redis.NewClient(&redis.Options{}), redis.NewClient(&redis.Options{})
	defer a.Close()
	defer b.Close()
	if first := r.of(a); r.of(a) != first || r.of(b) == first {
		t.Fatal("the state is not the client's")
	}
	type wrapper struct{ *redis.Client }
	w := &wrapper{a}
	if first := r.of(w); r.of(w) != first || r.of(a) == first {
		t.Fatal("a wrapper is a client of its own")
	}
	if first := r.of(*w); r.of(*w) == first {
		t.Fatal("a client without identity shares its state")
	}
	func() {
		for range 100 {
			c := redis.NewClient(&redis.Options{})
			_ = r.of(c)
			_ = c.Close()
		}
	}()
	if known() < 4 {
		t.Fatalf("%d states", known())
	}
	for end := time.Now().Add(10 * time.Second); known() > 3; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d states are left of clients that are gone", known()-3)
		}
		runtime.GC()
	}
	runtime.KeepAlive(w)
	runtime.KeepAlive(b)
}

// TestNothingIsKept: when all calls are over, the state is as it was.
func TestNothingIsKept(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		o, err := redis.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		o.ContextTimeoutEnabled = true
		rdb := redis.NewClient(o)
		defer rdb.Close()
		c := clients.of(rdb)
		for i := range 50 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%5)*time.Millisecond)
			_, _ = Fetch(ctx, rdb, fmt.Sprint("k", i), time.Minute, func(ctx context.Context) (int, error) {
				switch i % 3 {
				case 0:
					<-ctx.Done()
				case 1:
					return 0, context.Canceled
				}
				return i, nil
			}, Stale(2*time.Minute), KeepLoading(time.Duration(i%2)*time.Millisecond))
			cancel()
		}
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			c.flights.mu.Lock()
			left := len(c.flights.byKey) + len(c.flights.byToken) + len(c.flights.unleased)
			c.flights.mu.Unlock()
			c.refreshing.mu.Lock()
			left += len(c.refreshing.keys)
			c.refreshing.mu.Unlock()
			if left == 0 {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%v %v %v", c.flights.byKey, c.flights.byToken, c.refreshing.keys)
			}
		}
	})
}

func TestTag(t *testing.T) {
	for _, left := range []time.Duration{0, time.Millisecond, 12345 * time.Millisecond, 30 * 365 * 24 * time.Hour} {
		tag := newTag(left, 0xfedcba9876543210)
		value, end, tagged := cutTag([]byte(`{"a":1}` + tag))
		if string(value) != `{"a":1}` || end != left || !tagged || len(tag) != tagLength {
			t.Errorf("%v: %q, %v, %t", left, value, end, tagged)
		}
	}
	for _, plain := range []string{"", "1", "null ", `"` + newTag(0, 1)[1:] + `"`, "\n" + newTag(0, 1)[1:tagLength-1]} {
		if value, _, tagged := cutTag([]byte(plain)); tagged || string(value) != plain {
			t.Errorf("%q is taken for a tag", plain)
		}
	}
}
