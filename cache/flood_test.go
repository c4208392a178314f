package cache_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

// TestAFloodOfMisses: many more loads begin at once than Redis takes operations in the
// time of the budget. Each stores its value all the same: the wait for other calls is
// no sign of a Redis that does not answer.
func TestAFloodOfMisses(t *testing.T) {
	slow.Skip(t, "it waits for a slow network")
	const (
		calls  = 300
		pool   = 2
		delay  = 20 * time.Millisecond
		budget = 1500 * time.Millisecond // for 150 operations, and there are 600
	)
	server := redistest.Start(t)
	flood := func(t *testing.T, fetch func(rdb redis.UniversalClient, key string) error) {
		p := newProxy(t, server.Addr())
		p.setLag(delay)
		rdb := dial(t, p.url(), func(o *redis.Options) { o.PoolSize = pool })
		direct := dial(t, server.URL())
		if err := direct.FlushDB(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if err := cache.SetDefaults(rdb, cache.Budget(budget)); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range calls {
			all.Go(func() {
				if err := fetch(rdb, fmt.Sprint("key:", i)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := direct.DBSize(t.Context()).Val(); n != calls {
			t.Errorf("%d of %d values are stored", n, calls)
		}
	}
	load := func(context.Context) (int, error) { return 1, nil }
	t.Run("Fetch", func(t *testing.T) {
		flood(t, func(rdb redis.UniversalClient, key string) error {
			_, err := cache.Fetch(t.Context(), rdb, key, time.Minute, load)
			return err
		})
	})
	t.Run("stale", func(t *testing.T) {
		flood(t, func(rdb redis.UniversalClient, key string) error {
			_, err := cache.Fetch(t.Context(), rdb, key, time.Minute, load, cache.Stale(time.Minute))
			return err
		})
	})
	t.Run("FetchMany", func(t *testing.T) {
		flood(t, func(rdb redis.UniversalClient, key string) error {
			_, err := cache.FetchMany(t.Context(), rdb, []string{key}, time.Minute,
				func(_ context.Context, keys []string) (map[string]int, error) { return map[string]int{keys[0]: 1}, nil })
			return err
		})
	})
}
