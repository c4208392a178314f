package cache_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
)

var (
	soakFor  = flag.Duration("soak", 2*time.Second, "how long the soak runs")
	soakSeed = flag.Uint64("soak-seed", uint64(time.Now().UnixNano()), "the seed of the soak")
)

// TestSoak: 32 readers on 3 clients and a writer that changes the source and then
// invalidates. No read that begins after an invalidation is complete returns what
// was true before it.
func TestSoak(t *testing.T) {
	t.Logf("-soak-seed %d", *soakSeed)
	redistest.Each(t, func(t *testing.T, url string) { soak(t, url, *soakFor, *soakSeed) })
}

// row is a record of the source, and what readers may at least expect of it.
type row struct {
	value atomic.Int64 // in the source
	floor atomic.Int64 // the value at the last invalidation that is complete
}

func soak(t *testing.T, url string, long time.Duration, seed uint64) {
	rows := make([]row, 4)
	clients := []*redis.Client{dial(t, url), dial(t, url), dial(t, url)}
	writer := dial(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	var reads, stale, loads atomic.Int64
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			for ctx.Err() == nil {
				n := rng.IntN(len(rows))
				floor := rows[n].floor.Load()
				got, err := soakRead(ctx, clients[i%3], &rows[n], n, rng, &loads)
				if err != nil {
					if ctx.Err() == nil && rng != nil && err != context.DeadlineExceeded {
						t.Error(err)
					}
					continue
				}
				reads.Add(1)
				if got < floor {
					stale.Add(1)
					t.Errorf("row %d: read %d after the invalidation of what was before %d", n, got, floor)
				}
			}
		})
	}
	wg.Go(func() {
		rng := rand.New(rand.NewPCG(seed, 1000))
		for ctx.Err() == nil {
			n := rng.IntN(len(rows))
			v := rows[n].value.Add(1)
			if soakInvalidate(ctx, writer, n, rng) == nil {
				rows[n].floor.Store(v)
			}
			time.Sleep(time.Duration(rng.IntN(3000)) * time.Microsecond)
		}
	})
	wg.Wait()
	t.Logf("%d reads, %d loads, %d stale", reads.Load(), loads.Load(), stale.Load())
	if reads.Load() < 100 || loads.Load() >= reads.Load() {
		t.Errorf("%d reads and %d loads: the soak soaked nothing", reads.Load(), loads.Load())
	}
}

func soakKey(n int) string { return fmt.Sprintf("cache:{row}:%d", n) }

// soakRead reads in one of the ways that there are.
func soakRead(ctx context.Context, rdb *redis.Client, r *row, n int, rng *rand.Rand, loads *atomic.Int64) (int64, error) {
	slow := time.Duration(rng.IntN(2000)) * time.Microsecond
	fails := rng.IntN(20) == 0
	load := func(context.Context) (int64, error) {
		loads.Add(1)
		v := r.value.Load()
		time.Sleep(slow) // the reply of the source is on its way
		if fails {
			return 0, context.DeadlineExceeded
		}
		return v, nil
	}
	var opts []cache.Option
	ttl := time.Minute
	switch rng.IntN(4) {
	case 0:
		ttl = time.Duration(1+rng.IntN(20)) * time.Millisecond
	case 1:
		opts = append(opts, cache.Stale(time.Duration(1+rng.IntN(60))*time.Second))
	case 2:
		opts = append(opts, cache.Lease(time.Duration(5+rng.IntN(20))*time.Millisecond))
	}
	if rng.IntN(10) == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rng.IntN(3000))*time.Microsecond)
		defer cancel()
	}
	return cache.Fetch(ctx, rdb, soakKey(n), ttl, load, opts...)
}

// soakInvalidate does it in one of the ways that there are.
func soakInvalidate(ctx context.Context, rdb *redis.Client, n int, rng *rand.Rand) (err error) {
	switch rng.IntN(3) {
	case 0:
		err = rdb.Del(ctx, soakKey(n)).Err()
	case 1:
		_, err = cache.Forget(ctx, rdb, soakKey(n))
	case 2:
		_, err = cache.ForgetPattern(ctx, rdb, cache.Escape(soakKey(n)))
	}
	return err
}
