package cache

import "context"

// expectMiss is after how many misses in a row the next call is taken for a miss.
const expectMiss = 8

// noteRead notes whether a read was a hit.
func (c *client) noteRead(e entry) {
	switch n := c.misses.Load(); {
	case e.state == absent && n < expectMiss:
		c.misses.Add(1)
	case e.state == stored && n != 0: // hits do not share a cache line that changes
		c.misses.Store(0)
	}
}

// expectsMiss reports whether a call should put its lease at the key without a read
// before: a miss then takes two round trips instead of three. A hit still is a hit,
// because the lease does not replace a value, and is the last call that is taken for
// a miss. Callers that may find a load of this process read.
func (c *client) expectsMiss(ctx context.Context, key string) bool {
	if c.misses.Load() < expectMiss || ctx.Err() != nil || c.breaker(key).open.Load() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byKey[key] == nil
}
