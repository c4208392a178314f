package cache

import (
	"time"

	"github.com/redis/go-redis/v9"
)

// The hashes by which the scripts go over the wire.
var (
	AcquireSHA = acquireScript.Hash()
	FillSHA    = fillScript.Hash()
	ReleaseSHA = releaseScript.Hash()
	MarkSHA    = markScript.Hash()
)

// Waiting returns how many reads of the client wait for others, on the server
// of key.
func Waiting(rdb redis.UniversalClient, key string) int {
	c := clients.of(rdb)
	g := &c.gatherers[c.stripe(key)]
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// Trust has the client believe for an hour that the server of key has answered
// just now, however slow the machine is.
func Trust(rdb redis.UniversalClient, key string) {
	c := clients.of(rdb)
	c.breaker(key).answered.Store(c.since(time.Now().Add(time.Hour)))
}

// FourLeaders has exactly four reads of the server of key go out side by side
// from now on, whatever reads take on this machine.
func FourLeaders(rdb redis.UniversalClient, key string) {
	c := clients.of(rdb)
	g := &c.gatherers[c.stripe(key)]
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fixed = 4
}

// Busy makes reads of the server of key look as if the processors were short,
// so that they go out together.
func Busy(rdb redis.UniversalClient, key string) {
	c := clients.of(rdb)
	g := &c.gatherers[c.stripe(key)]
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trip, g.usual = time.Nanosecond, 1000*time.Hour
}
