package cache_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

// TestFetchOverClientSideCaching: on a client that answers from its own memory
// there is still one load for many callers, hits cost no round trip, and an
// invalidation is heard of, if later.
func TestFetchOverClientSideCaching(t *testing.T) {
	s := redistest.Start(t)
	c, err := redis.Open(t.Context(), s.URL(), redis.Options{ClientSideCache: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	client := c.Client.(*goredis.Client)

	var loads atomic.Int64
	fetch := func() int64 {
		n, err := cache.Fetch(t.Context(), client, "key", time.Minute,
			func(context.Context) (int64, error) { return loads.Add(1), nil })
		if err != nil {
			t.Error(err)
		}
		return n
	}
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if n := fetch(); n != 1 {
				t.Errorf("got load %d", n)
			}
		})
	}
	all.Wait()

	for client.CSCStats().Hits == 0 { // until the value has replaced the lease in memory
		fetch()
	}
	before := client.CSCStats().Hits
	for range 10 {
		fetch()
	}
	if hits := client.CSCStats().Hits - before; hits == 0 {
		t.Error("no read came from memory")
	}
	if err := s.Client().Del(t.Context(), "key").Err(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(3 * time.Second)
	for fetch() != 2 {
		if time.Now().After(deadline) {
			t.Fatal("the invalidation was not heard of")
		}
	}
}
