package cache

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/semaphore"
)

// gates bound how many operations are sent to a server at once: as many as the client
// has connections to it. More would wait for a connection, which is a part of an
// operation's budget, so a flood of misses would look like a Redis that does not
// answer. The wait at a gate is not a part of the budget. When Redis is given up, it
// ends: those before let the next ones in at once, and these see that.
//
// Each kind has its gate, and only half of the connections begin loads: so a load that is
// done stores its value before its lease ends, however many others wait to begin.
type gates struct {
	read  *semaphore.Weighted // reads that are not gathered; nil: they do not wait
	begin *semaphore.Weighted // operations that begin loads
	other *semaphore.Weighted // and those that end them
}

func newGates(rdb redis.UniversalClient) gates {
	size := int64(gateSize(rdb))
	g := gates{begin: semaphore.NewWeighted(max(1, size/2)), other: semaphore.NewWeighted(size)}
	if !hasCache(rdb) { // a read from memory must not wait for one from Redis
		g.read = semaphore.NewWeighted(size)
	}
	return g
}

// gateSize returns how many connections a client has to a server.
func gateSize(rdb redis.UniversalClient) int {
	size, most := 0, 0
	switch o := rdb.(type) {
	case interface{ Options() *redis.Options }:
		size, most = o.Options().PoolSize, o.Options().MaxActiveConns
	case interface{ Options() *redis.ClusterOptions }:
		size, most = o.Options().PoolSize, o.Options().MaxActiveConns
	case interface{ Options() *redis.RingOptions }:
		size, most = o.Options().PoolSize, o.Options().MaxActiveConns
	}
	if most > 0 {
		size = min(size, most)
	}
	if size <= 0 {
		return gatherSize.Batch
	}
	return size
}

// pass waits at a gate, and returns the time when it has passed: now, unless it had to
// wait. The error is that of ctx. After an error nothing is to be released.
func pass(ctx context.Context, gate *semaphore.Weighted, now time.Time) (time.Time, error) {
	if gate.TryAcquire(1) {
		return now, nil
	}
	if err := gate.Acquire(ctx, 1); err != nil {
		return now, err
	}
	return time.Now(), nil
}
