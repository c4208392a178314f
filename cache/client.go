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
	gates     []gates     // as many
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
	c.breakers, c.gates = make([]breaker, stripes), make([]gates, stripes)
	for i := range stripes {
		c.gates[i] = newGates(rdb)
		c.breakers[i].answered.Store(-int64(trust)) // nothing has been answered yet
	}
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
	switch rdb.(type) {
	case *redis.Client, *redis.ClusterClient:
		return !hasCache(rdb)
	}
	return false
}

// hasCache reports whether a client answers reads from its memory.
func hasCache(rdb redis.UniversalClient) bool {
	r, ok := rdb.(*redis.Client)
	return ok && (r.Options().ClientSideCacheConfig != nil || r.Options().ClientSideCache != nil)
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

// gate returns the gates of the node of key.
func (c *client) gate(key string) *gates { return &c.gates[c.stripe(key)] }

// bound returns a context for an operation that begins now, and whether it ends before
// those of other callers.
func (c *client) bound(ctx context.Context, budget time.Duration, now time.Time) (op context.Context, alone bool) {
	op = c.windows.bound(ctx, budget, now)
	return op, op == ctx || budget != c.defaults.Load().budget
}

// look reads key within the budget, where it can together with others. The time that
// it waits for others is not part of the budget. It returns when the request was sent:
// now or, when it has waited and sent one itself, later.
func (c *client) look(ctx context.Context, r reader, key string, withTTL bool, now time.Time) (entry, time.Time) {
	op, alone := c.bound(ctx, r.budget, now)
	if b := c.breaker(key); b.open.Load() { // since the caller looked; this one would not be ended with the others
		return entry{state: unusable, err: *b.cause.Load()}, now
	}
	if withTTL || c.gatherers == nil {
		r.noteSent()
		return look(op, r.rdb, key, withTTL), now
	}
	e, sent := c.gatherers[c.stripe(key)].Read(op, ctx, r, key, alone)
	if sent.IsZero() {
		sent = now
	}
	return e, sent
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
	if gate := c.gate(key).read; gate != nil && (withTTL || c.gatherers == nil) {
		var err error
		if now, err = pass(ctx, gate, now); err != nil {
			return entry{state: ended, err: err}
		}
		defer gate.Release(1)
	}
	b := c.breaker(key)
	if b.open.Load() {
		return entry{state: unusable, err: b.refuse(c, rdb, key, budget, now)}
	}
	var e entry
	if c.deadline && (ctx.Done() == nil || b.trusted(c.since(now))) {
		e, now = c.look(ctx, reader{client: c, rdb: rdb, budget: budget}, key, withTTL, now)
	} else {
		e, now = c.lookAside(ctx, rdb, key, budget, withTTL, now)
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

// lookAside is look in another goroutine, which is left behind when ctx or the budget
// ends. It is apart from read so that a hit pays for none of it.
func (c *client) lookAside(ctx context.Context, rdb redis.UniversalClient, key string,
	budget time.Duration, withTTL bool, now time.Time) (entry, time.Time) {
	if !c.deadline {
		e, err := aside(ctx, budget, func(bounded context.Context) (entry, error) {
			return look(bounded, rdb, key, withTTL), nil
		})
		if err != nil {
			e = entry{state: unusable, err: err}
		}
		return e, now
	}
	type reply struct {
		entry
		sent time.Time
	}
	r := reader{c, rdb, budget, new(atomic.Int64)}
	done := make(chan reply, 1)
	go func() {
		e, sent := c.look(ctx, r, key, withTTL, now)
		done <- reply{e, sent}
	}()
	timer := time.NewTimer(budget)
	defer timer.Stop()
	for {
		select {
		case reply := <-done:
			return reply.entry, reply.sent
		case <-ctx.Done():
			return entry{state: unusable, err: ctx.Err()}, now
		case <-timer.C:
			sent := r.sent.Load()
			if sent == 0 { // it waits for others, which look bounds
				timer.Reset(budget)
				continue
			}
			now = c.born.Add(time.Duration(sent))
			if left := budget - time.Since(now); left > 0 {
				timer.Reset(left)
				continue
			}
			return entry{state: unusable, err: context.DeadlineExceeded}, now
		}
	}
}

// readMany is [client.read] for many keys.
func (c *client) readMany(ctx context.Context, rdb redis.UniversalClient, keys []string,
	budget time.Duration, withTTL bool, now time.Time) []entry {
	entries := make([]entry, len(keys))
	if len(keys) == 0 {
		return entries
	}
	err := ctx.Err()
	if gate := c.gate(keys[0]).read; err == nil && gate != nil {
		if now, err = pass(ctx, gate, now); err == nil {
			defer gate.Release(1)
		}
	}
	if err != nil {
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
