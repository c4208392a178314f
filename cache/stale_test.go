package cache_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
)

// bubble runs test on a fake clock, with clients of one embedded Redis.
func bubble(t *testing.T, test func(t *testing.T, m *miniredis.Miniredis, dial func() *redis.Client)) {
	synctest.Test(t, func(t *testing.T) {
		m := miniredis.NewMiniRedis()
		m.ClockTTL(true)
		defer m.Close()
		test(t, m, func() *redis.Client {
			c := redis.NewClient(&redis.Options{
				Dialer:                func(context.Context, string, string) (net.Conn, error) { return m.Dial() },
				Addr:                  "127.0.0.1:6379", // a name would be looked up, outside the bubble
				ContextTimeoutEnabled: true,
			})
			t.Cleanup(func() { _ = c.Close() })
			return c
		})
	})
}

// TestStale: in the stale time readers have the old value at once while one of them,
// over two clients, refreshes; after it they wait.
func TestStale(t *testing.T) {
	bubble(t, func(t *testing.T, _ *miniredis.Miniredis, dial func() *redis.Client) {
		a, b := dial(), dial()
		n := 0
		slow := time.Duration(0)
		seen := &events{}
		fetch := func(rdb *redis.Client) (int, time.Duration) {
			began := time.Now()
			v, err := cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (int, error) {
				n++
				v := n
				time.Sleep(slow)
				return v, nil
			}, cache.Stale(30*time.Second), seen.observe())
			if err != nil {
				t.Fatal(err)
			}
			return v, time.Since(began)
		}
		want := func(rdb *redis.Client, value int, wait time.Duration) {
			t.Helper()
			v, took := fetch(rdb)
			if v != value || took < wait || took > wait+100*time.Millisecond {
				t.Fatalf("%d after %v, want %d after %v", v, took, value, wait)
			}
		}
		want(a, 1, 0)
		time.Sleep(59 * time.Second)
		want(a, 1, 0) // fresh
		if n != 1 {
			t.Fatalf("%d loads", n)
		}
		time.Sleep(2 * time.Second)
		slow = 5 * time.Second
		for range 10 { // stale: no caller waits, one load
			want(a, 1, 0)
			want(b, 1, 0)
			synctest.Wait()
		}
		if n != 2 {
			t.Fatalf("%d loads", n)
		}
		// A raw reader reads JSON while the refresh runs.
		var v int
		if err := json.Unmarshal([]byte(raw(t, a, "k")), &v); err != nil || v != 1 {
			t.Fatalf("raw: %q, %v", raw(t, a, "k"), err)
		}
		time.Sleep(5100 * time.Millisecond)
		want(b, 2, 0)
		if s := raw(t, a, "k"); s != "2" {
			t.Fatalf("stored %q", s)
		}
		if seen.count(cache.EventStale) != 20 || seen.count(cache.EventRefresh) != 1 {
			t.Fatal(seen.all)
		}
		time.Sleep(90*time.Second - 5*time.Millisecond)
		time.Sleep(time.Second)
		want(a, 3, slow) // over: it waits
	})
}

// TestDeleteDuringRefresh: neither is the old value served after a DEL, nor what
// the refresh has read before it stored.
func TestDeleteDuringRefresh(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		for name, change := range map[string]func(){
			"DEL": func() { rdb.Del(t.Context(), "k") },
			"DEL and the same value again": func() {
				rdb.Del(t.Context(), "k")
				rdb.Set(t.Context(), "k", `"old"`, 30*time.Second)
			},
			"SET": func() { rdb.Set(t.Context(), "k", `"by hand"`, time.Hour) },
		} {
			s, seen := newSource("refreshed"), &events{}
			rdb.Set(t.Context(), "k", `"old"`, 30*time.Second)
			got := must[string](t)(cache.Fetch(t.Context(), rdb, "k", time.Minute, s.load, cache.Stale(time.Minute), seen.observe()))
			if got != "old" {
				t.Fatalf("%s: %q", name, got)
			}
			receive(t, s.began, "the refresh")
			change()
			now := rdb.Get(t.Context(), "k").Val()
			s.open()
			eventually.True(t, "the end of the refresh", func() bool { return seen.count(cache.EventRefresh) == 1 })
			if v := rdb.Get(t.Context(), "k").Val(); v != now {
				t.Fatalf("%s: %q became %q", name, now, v)
			}
			if seen.count(cache.EventRejected) != 1 {
				t.Fatalf("%s: %v", name, seen.all)
			}
		}
	})
}

// TestRefreshFails: the old value stays as it was.
func TestRefreshFails(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		rdb := dial(t, url)
		seen := &events{}
		fails := []func() error{func() error { return errLoad }, func() error { panic("boom") }}
		for i, fail := range fails {
			key := fmt.Sprint("k", i)
			rdb.Set(t.Context(), key, `"old"`, 30*time.Second)
			got := must[string](t)(cache.Fetch(t.Context(), rdb, key, time.Minute,
				func(context.Context) (string, error) { return "", fail() }, cache.Stale(time.Minute), seen.observe()))
			if got != "old" {
				t.Fatal(got)
			}
			eventually.True(t, "the end of the refresh", func() bool { return seen.count(cache.EventRefresh) == i+1 })
			if v := raw(t, rdb, key); v != `"old"` {
				t.Fatalf("stored %q", v)
			}
			if ttl := rdb.TTL(t.Context(), key).Val(); ttl > 30*time.Second {
				t.Fatalf("TTL %v", ttl)
			}
		}
		var p *cache.PanicError
		if last := seen.all[len(seen.all)-1]; !errors.As(last.Err, &p) || p.Value != "boom" {
			t.Fatalf("%+v", last)
		}
	})
}

// TestRefresherDies: another takes over when its lease has ended. What dies here is
// a client that can no more reach Redis.
func TestRefresherDies(t *testing.T) {
	bubble(t, func(t *testing.T, _ *miniredis.Miniredis, dial func() *redis.Client) {
		dead, alive := dial(), dial()
		alive.Set(t.Context(), "k", `"old"`, time.Minute)
		hang := make(chan struct{})
		defer close(hang)
		opts := []cache.Option{cache.Stale(2 * time.Minute), cache.Lease(10 * time.Second)}
		_, err := cache.Fetch(t.Context(), dead, "k", time.Minute, func(context.Context) (string, error) {
			<-hang
			return "never", nil
		}, opts...)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := dead.Close(); err != nil {
			t.Fatal(err)
		}
		loads := 0
		fetch := func() string {
			v, err := cache.Fetch(t.Context(), alive, "k", time.Minute, func(context.Context) (string, error) {
				loads++
				return "new", nil
			}, opts...)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return v
		}
		time.Sleep(9 * time.Second)
		if v := fetch(); v != "old" || loads != 0 {
			t.Fatalf("within the lease: %q after %d loads", v, loads)
		}
		time.Sleep(2 * time.Second)
		fetch()
		if v := fetch(); v != "new" || loads != 1 {
			t.Fatalf("after the lease: %q after %d loads", v, loads)
		}
		if v := raw(t, alive, "k"); v != `"new"` {
			t.Fatalf("stored %q", v)
		}
	})
}

// TestLongRefresh: a refresh may take longer than the lease, but not longer than
// the entry lives.
func TestLongRefresh(t *testing.T) {
	bubble(t, func(t *testing.T, _ *miniredis.Miniredis, dial func() *redis.Client) {
		a, b := dial(), dial()
		a.Set(t.Context(), "k", `"old"`, time.Minute)
		loads := 0
		fetch := func(rdb *redis.Client, takes time.Duration) string {
			v, err := cache.Fetch(t.Context(), rdb, "k", time.Minute, func(ctx context.Context) (string, error) {
				loads++
				select {
				case <-time.After(takes):
					return fmt.Sprint("new ", loads), nil
				case <-ctx.Done():
					return "", ctx.Err()
				}
			}, cache.Stale(2*time.Minute), cache.Lease(3*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return v
		}
		for range 20 {
			if v := fetch(a, 25*time.Second); v != "old" {
				t.Fatal(v)
			}
			if v := fetch(b, 25*time.Second); v != "old" {
				t.Fatal(v)
			}
			time.Sleep(time.Second)
		}
		time.Sleep(6 * time.Second)
		if v := fetch(a, 0); v != "new 1" || loads != 1 {
			t.Fatalf("%q after %d loads", v, loads)
		}
		a.Set(t.Context(), "k", `"old"`, time.Minute)
		fetch(a, time.Hour)
		time.Sleep(61 * time.Second) // synctest would report the load if it still ran
		gone(t, a, "k")
	})
}

// TestAPauseAfterAFailedRefresh: a data source that is down is asked once a second for
// one key, however many callers there are.
func TestAPauseAfterAFailedRefresh(t *testing.T) {
	bubble(t, func(t *testing.T, _ *miniredis.Miniredis, dial func() *redis.Client) {
		rdb := dial()
		rdb.Set(t.Context(), "k", `1`, time.Minute)
		loads, failing := 0, true
		fetch := func() int {
			v, err := cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (int, error) {
				loads++
				if failing {
					return 0, errLoad
				}
				return 2, nil
			}, cache.Stale(2*time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
			return v
		}
		for range 400 { // four seconds
			fetch()
		}
		if loads < 3 || loads > 5 {
			t.Errorf("%d loads in four seconds", loads)
		}
		failing = false
		for range 110 {
			fetch()
		}
		if v := fetch(); v != 2 {
			t.Errorf("%d after the data source is back", v)
		}
	})
}
