package embedded

import (
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// reads are the commands that may see an expired key for a moment longer.
var reads = map[string]bool{
	"GET": true, "MGET": true, "EXISTS": true, "STRLEN": true, "GETRANGE": true, "PING": true, "HELLO": true,
	"HGET": true, "HMGET": true, "HGETALL": true, "HEXISTS": true, "HLEN": true, "SISMEMBER": true, "SMEMBERS": true,
	"SCARD": true, "ZSCORE": true, "ZRANGE": true, "ZCARD": true, "LRANGE": true, "LLEN": true,
	"PUBLISH": true, "SUBSCRIBE": true, "UNSUBSCRIBE": true,
}

// clock moves the server's time. miniredis sorts and ages all its keys
// whenever its time has moved, some 0.2 ms for each 1,000 keys, which on every
// command would make a cache of 10,000 keys a hundred times slower. So time
// stands still for reads that follow each other closely.
type clock struct {
	mu   sync.Mutex
	next time.Time // when a read moves time again
}

const (
	resolution = 5 * time.Millisecond
	// share bounds the part of the time that ageing keys may take: 1/share.
	share = 10
)

// follow is called before each command, those of a script included.
func (c *clock) follow(m *miniredis.Miniredis, command string) {
	// A script runs with the server's lock held, so to wait for the lock here
	// would be forever. Its holder has moved the time just now.
	if !m.TryLock() {
		return
	}
	m.Unlock()

	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if reads[command] && now.Before(c.next) {
		return
	}
	m.SetTime(now)
	m.DB(0) // ages the keys
	c.next = now.Add(max(resolution, share*time.Since(now)))
}
