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
	return c.gatherers[c.stripe(key)].Waiting()
}

// Trust makes the client believe for an hour that the server of key has answered
// just now, however slow the machine is.
func Trust(rdb redis.UniversalClient, key string) {
	c := clients.of(rdb)
	c.breaker(key).answered.Store(c.since(time.Now().Add(time.Hour)))
}

// FourLeaders makes exactly four reads of the server of key go out side by side
// from now on, whatever time reads take on this machine.
func FourLeaders(rdb redis.UniversalClient, key string) {
	c := clients.of(rdb)
	c.gatherers[c.stripe(key)].Fix(4)
}

// ScriptsOnly makes the client acquire leases as on a server older than Redis 7.
func ScriptsOnly(rdb redis.UniversalClient) { clients.of(rdb).leases.setNXGet.Store(setNXGetRefused) }
