package cache_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

// TestFailover: while a replica takes the place of the master, planned or because the
// master is dead, every call returns a value of the source. What is invalidated
// afterwards is not read again.
func TestFailover(t *testing.T) {
	for name, fail := range map[string]func(*redistest.SentinelServer){
		"planned": func(s *redistest.SentinelServer) { s.Switchover(); s.Demoted() },
		"dead":    (*redistest.SentinelServer).Failover,
	} {
		t.Run(name, func(t *testing.T) {
			sentinel := redistest.Sentinel(t)
			opened, err := redis.Open(t.Context(), sentinel.URL(), redis.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = opened.Close() }()
			rdb := opened.Client
			if err := cache.SetDefaults(rdb, cache.Budget(200*time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			var source atomic.Int64
			keys := []string{"a", "b", "c"}
			read := func() error {
				values, err := cache.FetchMany(t.Context(), rdb, keys, time.Minute, func(_ context.Context, missing []string) (map[string]int64, error) {
					loaded := map[string]int64{}
					for _, key := range missing {
						loaded[key] = source.Load()
					}
					return loaded, nil
				})
				if err == nil && len(values) != len(keys) {
					err = fmt.Errorf("got %v", values)
				}
				if err == nil {
					_, err = cache.Fetch(t.Context(), rdb, "d", time.Minute, func(context.Context) (int64, error) { return source.Load(), nil })
				}
				return err
			}
			over := make(chan struct{})
			var readers sync.WaitGroup
			for range 4 {
				readers.Go(func() {
					for {
						if err := read(); err != nil {
							t.Error(err)
						}
						select {
						case <-over:
							return
						default:
						}
					}
				})
			}
			fail(sentinel)
			close(over)
			readers.Wait()

			// The new master answers, and an invalidation on it holds.
			eventually.True(t, "an invalidation is complete", func() bool {
				source.Add(1)
				_, err := cache.Forget(t.Context(), rdb, append(keys, "d")...)
				return err == nil
			})
			values, err := cache.FetchMany(t.Context(), rdb, keys, time.Minute, func(context.Context, []string) (map[string]int64, error) {
				return map[string]int64{"a": source.Load(), "b": source.Load(), "c": source.Load()}, nil
			})
			if err != nil || values["a"] != source.Load() || values["c"] != source.Load() {
				t.Errorf("%v, %v; the source has %d", values, err, source.Load())
			}
		})
	}
}
