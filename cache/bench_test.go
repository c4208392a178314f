package cache_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
)

// The raw halves are what a caller writes by hand for the same purpose.

func BenchmarkHit(b *testing.B) {
	rdb := benchClient(b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	want, _ := json.Marshal(ada)
	for name, key := range map[string]string{"fetch": "a", "stale": "b", "raw": "c"} {
		if err := rdb.Set(ctx, key, want, time.Hour).Err(); err != nil {
			b.Fatal(name, err)
		}
	}
	load := func(context.Context) (User, error) { return User{}, errors.New("a hit must not load") }
	compare(b, map[string]func() error{
		"raw": func() error {
			raw, err := rdb.Get(ctx, "c").Bytes()
			if err != nil {
				return err
			}
			var u User
			return json.Unmarshal(raw, &u)
		},
		"fetch": func() error {
			_, err := cache.Fetch(ctx, rdb, "a", time.Minute, load)
			return err
		},
		"fetch-stale": func() error {
			_, err := cache.Fetch(ctx, rdb, "b", time.Minute, load, cache.Stale(time.Minute))
			return err
		},
	})
}

func BenchmarkMiss(b *testing.B) {
	rdb := benchClient(b)
	ctx := context.Background()
	var n atomic.Int64
	compare(b, map[string]func() error{
		"raw": func() error {
			key := fmt.Sprint("raw:", n.Add(1))
			if err := rdb.Get(ctx, key).Err(); !errors.Is(err, redis.Nil) {
				return fmt.Errorf("want a miss, got %w", err)
			}
			raw, _ := json.Marshal(ada)
			return rdb.Set(ctx, key, raw, 10*time.Second).Err()
		},
		"fetch": func() error {
			_, err := cache.Fetch(ctx, rdb, fmt.Sprint("fetch:", n.Add(1)), 10*time.Second,
				func(context.Context) (User, error) { return ada, nil })
			return err
		},
	})
}

func compare(b *testing.B, ways map[string]func() error) {
	for _, goroutines := range []int{1, 64} {
		for _, name := range []string{"raw", "fetch", "fetch-stale", "one", "fifty"} {
			f, ok := ways[name]
			if !ok {
				continue
			}
			b.Run(fmt.Sprintf("goroutines=%d/%s", goroutines, name), func(b *testing.B) {
				b.ReportAllocs()
				if goroutines == 1 {
					for b.Loop() {
						if err := f(); err != nil {
							b.Fatal(err)
						}
					}
					return
				}
				b.SetParallelism(goroutines / 2)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := f(); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}

func benchClient(b *testing.B) *redis.Client {
	s := redistest.Start(b)
	c := redis.NewClient(&redis.Options{Addr: s.Addr(), ContextTimeoutEnabled: true})
	b.Cleanup(func() { c.Close() })
	return c
}

// BenchmarkFiftyHits is a list of 50 entries beside one entry.
func BenchmarkFiftyHits(b *testing.B) {
	rdb := benchClient(b)
	ctx := context.Background()
	keys := make([]string, 50)
	for i := range keys {
		keys[i] = fmt.Sprint("many:", i)
		if err := rdb.Set(ctx, keys[i], `{"id":1,"name":"Ada"}`, time.Hour).Err(); err != nil {
			b.Fatal(err)
		}
	}
	compare(b, map[string]func() error{
		"one": func() error {
			_, err := cache.Fetch(ctx, rdb, keys[0], time.Minute, func(context.Context) (User, error) { return User{}, errors.New("a hit must not load") })
			return err
		},
		"fifty": func() error {
			got, err := cache.FetchMany(ctx, rdb, keys, time.Minute, func(context.Context, []string) (map[string]User, error) {
				return nil, errors.New("a hit must not load")
			})
			if err == nil && len(got) != len(keys) {
				err = fmt.Errorf("%d values", len(got))
			}
			return err
		},
	})
}
