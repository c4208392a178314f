// Package gather sends concurrent reads of a server together, the way databases
// commit transactions in groups: few callers have the latency of a read of their
// own, and many share the cost of one.
package gather

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// Reader reads keys for a [Gatherer]. V is what a key is found to hold, an error
// included.
type Reader[V any] interface {
	// ReadOne reads one key.
	ReadOne(ctx context.Context, key string) V
	// ReadAll reads keys in one request. The values are in the order of the keys.
	ReadAll(ctx context.Context, keys []string) []V
	// Failed returns the value of a key that was not read.
	Failed(err error) V
	// Share is called with a value before several callers get it.
	Share(*V)
	// Renew returns the context of a request for key that begins now, for a read of
	// the caller that has waited, and whether the read must not lead others: because
	// its context ends earlier than those of the others. It reports false when the
	// server is not to be asked.
	Renew(caller context.Context, key string) (ctx context.Context, alone, ok bool)
}

// Size bounds a [Gatherer].
type Size struct {
	Leaders int // reads of the server that are under way, most of all; at least 1
	Batch   int // keys that one request reads, most of all; at least 1
}

const (
	// direct is how many callers read by themselves while processors are free.
	direct = 4
	// slowdown is how many times as long as the shortest reads usually take when
	// processors are short, so that reads together save more than they cost.
	slowdown = 8
	// tripPerLeader is how much of a round trip's time pays for one more read under
	// way: where the network takes the time, waiting for each other would only add
	// to it.
	tripPerLeader = 100 * time.Microsecond
	// leaderTimeout is how long the first caller that waits relies on the return of
	// those under way: their connections may be dead, and its own not.
	leaderTimeout = 10 * time.Millisecond
	// crowdedReads is for how many reads others are expected, after one that had
	// some.
	crowdedReads = 32
)

// Gatherer gathers the reads of one server. Some callers lead: they read at once,
// each by itself. Callers that come later wait until one leader returns; then
// the first of them leads, and reads for all that wait. The number of leaders
// follows from the time that reads take. A Gatherer is safe for concurrent use.
type Gatherer[V any, R Reader[V]] struct {
	size Size

	mu      sync.Mutex
	leaders int
	joined  int // reads under way that are not their leaders' own
	waiting queue[V]
	crowded int           // for how many more reads others are expected
	minTrip time.Duration // the shortest time of a read lately; 0: not known
	avgTrip time.Duration // what reads take on average
	fixed   int           // how many leaders there are; 0: as many as serve
}

// New returns a gatherer of a size.
func New[V any, R Reader[V]](size Size) *Gatherer[V, R] { return &Gatherer[V, R]{size: size} }

// Read reads key, by itself or together with others. ctx bounds a request that it
// sends at once; a read that waits has another for its request. The end of caller ends
// the wait. With alone, the read never leads others: see [Reader.Renew].
//
// sent is when a read that has waited sent its request; it is zero for a read that has
// not waited, and for one whose request another has sent.
func (g *Gatherer[V, R]) Read(ctx, caller context.Context, r R, key string, alone bool) (v V, sent time.Time) {
	g.mu.Lock()
	if g.room() {
		g.leaders++
		crowded := g.crowded > 0
		g.mu.Unlock()
		return g.lead(ctx, r, key, alone, crowded), sent
	}
	own := &read[V]{key: key, wake: make(chan event, 1)}
	first := g.waiting.length == 0
	g.waiting.push(own)
	g.mu.Unlock()
	v, leads := g.wait(ctx, caller, r, own, first)
	if !leads {
		return v, sent
	}
	ctx, alone, ok := r.Renew(caller, key)
	if !ok {
		g.mu.Lock()
		g.appoint()
		g.mu.Unlock()
		return r.Failed(context.DeadlineExceeded), sent
	}
	sent = time.Now()
	return g.lead(ctx, r, key, alone, true), sent
}

// room reports whether there may be one more leader. The caller holds the lock.
func (g *Gatherer[V, R]) room() bool {
	switch {
	case g.fixed > 0:
		return g.leaders < g.fixed
	case g.leaders == 0:
		return true
	case g.leaders >= g.size.Leaders:
		return false
	case g.leaders < int(g.minTrip/tripPerLeader):
		return true
	}
	return g.leaders+g.joined+g.waiting.length < direct && g.avgTrip < slowdown*g.minTrip
}

// wait waits until own is answered, or until its caller is to lead. A queue takes time
// that is not the server's, so ctx is renewed while own is in it, and once after that:
// the read that has taken it along ends with a context of its own.
func (g *Gatherer[V, R]) wait(ctx, caller context.Context, r R, own *read[V], first bool) (v V, leads bool) {
	var late <-chan time.Time
	taken := false // own was not in the queue any more when ctx was renewed
	if first {
		timer := time.NewTimer(leaderTimeout)
		defer timer.Stop()
		late = timer.C
	}
	for {
		select {
		case e := <-own.wake:
			return own.value, e == appointed
		case <-late:
			if g.promote(own) {
				return v, true
			}
		case <-ctx.Done():
			if err := caller.Err(); err != nil {
				g.leave(own)
				return r.Failed(err), false
			}
			renewed, _, ok := r.Renew(caller, own.key)
			queued := g.queued(own)
			if !ok || !queued && taken {
				g.leave(own)
				return r.Failed(ctx.Err()), false
			}
			ctx, taken = renewed, !queued
		case <-caller.Done():
			g.leave(own)
			return r.Failed(caller.Err()), false
		}
	}
}

// promote makes own a leader beside those that do not return, unless one of them
// has taken it along.
func (g *Gatherer[V, R]) promote(own *read[V]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.leaders >= g.size.Leaders || g.fixed > 0 || !g.waiting.remove(own) {
		return false
	}
	g.leaders++
	return true
}

// queued reports whether own is still in the queue.
func (g *Gatherer[V, R]) queued(own *read[V]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return own.queued
}

// leave stops waiting for own. If it was appointed at this moment, the next one
// is appointed; if it is under way, its value is not used.
func (g *Gatherer[V, R]) leave(own *read[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting.remove(own) {
		return
	}
	select {
	case e := <-own.wake:
		if e == appointed {
			g.appoint()
		}
	default:
	}
}

// lead reads key and, unless it is to be alone, the keys that wait. Then another
// caller leads. In a crowd it lets all goroutines that can run do so first: where
// processors are short, most of those that serve a request are about to read, too.
func (g *Gatherer[V, R]) lead(ctx context.Context, r R, key string, alone, crowded bool) V {
	if crowded && !alone {
		runtime.Gosched()
	}
	began, joined := time.Now(), 0
	defer func() { g.finish(joined, time.Since(began)) }()
	var others []*read[V]
	if !alone {
		others = g.take(g.size.Batch - 1)
		joined = len(others)
	}
	if joined == 0 {
		return r.ReadOne(ctx, key)
	}
	return together(ctx, r, key, others)
}

// take removes up to n reads from those that wait.
func (g *Gatherer[V, R]) take(n int) []*read[V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	taken := g.waiting.take(n)
	g.joined += len(taken)
	return taken
}

// finish ends a lead. The time that it took counts as long as there is no shorter
// one: what is known of the network's share grows slowly and shrinks at once,
// because load makes a read longer, and nothing makes it shorter.
func (g *Gatherer[V, R]) finish(joined int, took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.joined -= joined
	if joined > 0 {
		g.crowded = crowdedReads
	} else {
		g.crowded = max(0, g.crowded-1)
	}
	g.avgTrip += (took - g.avgTrip) / 8
	if g.minTrip == 0 || took < g.minTrip {
		g.minTrip = took
	} else {
		g.minTrip += g.minTrip / 256
	}
	g.appoint()
}

// appoint makes the read that waits longest lead, or frees the place. The caller
// holds the lock.
func (g *Gatherer[V, R]) appoint() {
	next := g.waiting.first
	if next == nil {
		g.leaders--
		return
	}
	g.waiting.remove(next)
	next.wake <- appointed
}

// Fail answers all reads that wait with a value, that of a read whose server did
// not answer.
func (g *Gatherer[V, R]) Fail(value V) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, own := range g.waiting.take(g.waiting.length) {
		own.value = value
		own.wake <- answered
	}
}

// Waiting returns how many reads wait for a leader.
func (g *Gatherer[V, R]) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting.length
}

// Fix sets the number of leaders, whatever time reads take. 0 means as many as
// serve.
func (g *Gatherer[V, R]) Fix(leaders int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fixed = leaders
}
