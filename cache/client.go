package cache

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache/internal/gather"
	"github.com/keryx-go/keryx/internal/deadline"
	"github.com/keryx-go/keryx/internal/slot"
)

// slotsPerStripe is how many neighbouring slots of a cluster share a breaker and
// a gatherer. The nodes of a cluster fail one by one, so one breaker for the whole
// client would refuse reads of healthy nodes, too. Nodes own ranges of slots, so
// stripes are near enough to nodes.
const slotsPerStripe = 256

// client is what this process knows of one go-redis client: which loads run and
// whether Redis answers. It has no reference to the go-redis client, which
// would keep that one alive.
type client struct {
	born      time.Time
	deadline  bool        // the client's I/O keeps its context's deadline
	breakers  []breaker   // one, or one for each stripe of a cluster's slots
	gatherers []*gatherer // as many; none for a client that is not of one or more single servers
	windows   windows
	defaults  atomic.Pointer[settings]

	background background
	leases     leases
	recent     recent
	flights    flights
	refreshing refreshing
}

type gatherer = gather.Gatherer[entry, reader]

func newClient(rdb redis.UniversalClient) *client {
	c := &client{born: time.Now(), flights: newFlights()}
	s := builtin()
	c.defaults.Store(&s)
	stripes := 1
	switch o := rdb.(type) {
	case interface{ Options() *redis.Options }:
		c.deadline = o.Options().ContextTimeoutEnabled && o.Options().ReadTimeout >= 0
	case interface{ Options() *redis.ClusterOptions }:
		c.deadline = o.Options().ContextTimeoutEnabled && o.Options().ReadTimeout >= 0
		stripes = slot.Count / slotsPerStripe
	case interface{ Options() *redis.RingOptions }:
		c.deadline = o.Options().ContextTimeoutEnabled && o.Options().ReadTimeout >= 0
	}
	c.breakers = make([]breaker, stripes)
	if gathers(rdb) {
		c.gatherers = make([]*gatherer, stripes)
		for i := range c.gatherers {
			c.gatherers[i] = gather.New[entry, reader](gatherSize)
		}
	}
	return c
}

// gathers reports whether reads are sent together. Those of a client with a cache
// of its own are not: it answers only single commands from that.
func gathers(rdb redis.UniversalClient) bool {
	switch r := rdb.(type) {
	case *redis.Client:
		return r.Options().ClientSideCacheConfig == nil && r.Options().ClientSideCache == nil
	case *redis.ClusterClient:
		return true
	}
	return false
}

// stripe is the place of key's node in breakers and gatherers.
func (c *client) stripe(key string) int {
	if len(c.breakers) == 1 {
		return 0
	}
	return slot.Of(key) / slotsPerStripe
}

// breaker returns the breaker that watches over the node of key.
func (c *client) breaker(key string) *breaker { return &c.breakers[c.stripe(key)] }

// look reads key within the budget, where it can together with others.
func (c *client) look(ctx context.Context, rdb redis.UniversalClient, key string,
	budget time.Duration, withTTL bool, now time.Time) entry {
	op := c.windows.bound(ctx, budget, now)
	if b := c.breaker(key); b.open.Load() { // since the caller looked; this one would not be ended with the others
		return entry{state: unusable, err: *b.cause.Load()}
	}
	if withTTL || c.gatherers == nil {
		return look(op, rdb, key, withTTL)
	}
	alone := op == ctx || budget != c.defaults.Load().budget // it ends before the others
	return c.gatherers[c.stripe(key)].Read(op, ctx, reader{rdb}, key, alone)
}

// since is now on the clock of the client's breakers.
func (c *client) since(now time.Time) int64 { return int64(now.Sub(c.born)) }

// read looks at key within the caller's context and the budget.
//
// On a client that keeps deadlines the read runs in the caller's goroutine: that
// is what makes a hit as cheap as a GET. Only a deadline ends it early then, no
// cancellation, so where the caller can be cancelled this is done while Redis is
// known to answer, and otherwise the caller waits for another goroutine.
func (c *client) read(ctx context.Context, rdb redis.UniversalClient, key string,
	budget time.Duration, withTTL bool, now time.Time) entry {
	if err := ctx.Err(); err != nil {
		return entry{state: ended, err: err}
	}
	b := c.breaker(key)
	if b.open.Load() {
		return entry{state: unusable, err: b.refuse(c, rdb, key, budget, now)}
	}
	var e entry
	if c.deadline && (ctx.Done() == nil || b.trusted(c.since(now))) {
		e = c.look(ctx, rdb, key, budget, withTTL, now)
	} else {
		e = c.lookAside(ctx, rdb, key, budget, withTTL, now)
	}
	if e.err == nil || !unreachable(e.err) {
		b.succeeded(c.since(time.Now()))
		return e
	}
	if err := deadline.Err(ctx); err != nil {
		e = entry{state: ended, err: err}
		if time.Since(now) < suspicion {
			return e
		}
	}
	b.failed(c, rdb, key, budget, now, e.err)
	return e
}

// lookAside looks at key from another goroutine, which is left behind when ctx or
// the budget ends. It is apart from read so that a hit pays for none of it.
func (c *client) lookAside(ctx context.Context, rdb redis.UniversalClient, key string,
	budget time.Duration, withTTL bool, now time.Time) entry {
	e, err := aside(ctx, budget, func(bounded context.Context) (entry, error) {
		if c.deadline {
			// The window ends with the budget as well, and when Redis is given
			// up; a deadline of bounded that is a little earlier would hide it.
			return c.look(ctx, rdb, key, budget, withTTL, now), nil
		}
		return look(bounded, rdb, key, withTTL), nil
	})
	if err != nil {
		return entry{state: unusable, err: err}
	}
	return e
}

// readMany is [client.read] for many keys.
func (c *client) readMany(ctx context.Context, rdb redis.UniversalClient, keys []string,
	budget time.Duration, withTTL bool, now time.Time) []entry {
	entries := make([]entry, len(keys))
	if err := ctx.Err(); err != nil {
		for i := range entries {
			entries[i] = entry{state: ended, err: err}
		}
		return entries
	}
	var asked []int
	for i, key := range keys {
		if b := c.breaker(key); b.open.Load() {
			entries[i] = entry{state: unusable, err: b.refuse(c, rdb, key, budget, now)}
		} else {
			asked = append(asked, i)
		}
	}
	if len(asked) == 0 {
		return entries
	}
	some := make([]string, len(asked))
	for n, i := range asked {
		some[n] = keys[i]
	}
	for n, e := range c.lookMany(ctx, rdb, some, budget, withTTL, now) {
		key, b := some[n], c.breaker(some[n])
		switch over := deadline.Err(ctx); {
		case e.err == nil || !unreachable(e.err):
			b.succeeded(c.since(now))
		case over != nil:
			e = entry{state: ended, err: over}
			if time.Since(now) >= suspicion {
				b.failed(c, rdb, key, budget, now, over)
			}
		default:
			b.failed(c, rdb, key, budget, now, e.err)
		}
		entries[asked[n]] = e
	}
	return entries
}

// lookMany reads keys within the caller's context and the budget; see [client.read]
// about the goroutine.
func (c *client) lookMany(ctx context.Context, rdb redis.UniversalClient, keys []string,
	budget time.Duration, withTTL bool, now time.Time) []entry {
	read := func(ctx context.Context) ([]entry, error) { return lookAtAll(ctx, rdb, keys, withTTL), nil }
	if c.deadline && (ctx.Done() == nil || c.breaker(keys[0]).trusted(c.since(now))) {
		entries, _ := read(c.windows.bound(ctx, budget, now))
		return entries
	}
	entries, err := aside(ctx, budget, read)
	if err != nil {
		entries = make([]entry, len(keys))
		for i := range entries {
			entries[i] = entry{state: unusable, err: err}
		}
	}
	return entries
}

// expectsMiss reports whether a call should put its lease at the key without a read
// before: a miss then takes two round trips instead of three. A hit still is a hit,
// because the lease does not replace a value, and is the last call that is taken for
// a miss. Callers that may find a load of this process read.
func (c *client) expectsMiss(ctx context.Context, key string) bool {
	if !c.recent.allMisses() || ctx.Err() != nil || c.breaker(key).open.Load() {
		return false
	}
	return !c.flights.has(key)
}

// giveUp ends what is under way to a Redis that does not answer, as far as it
// can be ended: what waits for a connection, or to try again.
func (c *client) giveUp(key string, err error) {
	if c.gatherers != nil {
		c.gatherers[c.stripe(key)].Fail(entry{state: unusable, err: err})
	}
	if len(c.breakers) == 1 { // others may be of servers that do answer
		c.windows.endAll()
	}
}
