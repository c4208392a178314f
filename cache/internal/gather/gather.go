// Package gather sends concurrent reads of a server together, the way databases
// commit transactions in groups: few callers have the latency of a read of their
// own, and many share the cost of one.
package gather

import (
	"context"
	"runtime"
	"slices"
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
	waiting []*read[V]
	crowded int           // for how many more reads others are expected
	minTrip time.Duration // the shortest time of a read lately; 0: not known
	avgTrip time.Duration // what reads take on average
	fixed   int           // how many leaders there are; 0: as many as serve
}

// New returns a gatherer of a size.
func New[V any, R Reader[V]](size Size) *Gatherer[V, R] { return &Gatherer[V, R]{size: size} }

// read is a key that a caller waits for.
type read[V any] struct {
	key   string
	wake  chan event // receives one event
	value V
}

// event is why a caller is woken.
type event uint8

const (
	answered  event = iota // value is set
	appointed              // it is to lead
)

// Read reads key, by itself or together with others. ctx bounds the request, and
// both ctx and caller bound the wait. With alone, the read never leads others: it
// is for a ctx that ends earlier than those of the others.
func (g *Gatherer[V, R]) Read(ctx, caller context.Context, r R, key string, alone bool) V {
	g.mu.Lock()
	if g.room() {
		g.leaders++
		crowded := g.crowded > 0
		g.mu.Unlock()
		return g.lead(ctx, r, key, alone, crowded)
	}
	own := &read[V]{key: key, wake: make(chan event, 1)}
	first := len(g.waiting) == 0
	g.waiting = append(g.waiting, own)
	g.mu.Unlock()
	v, leads := g.wait(ctx, caller, r, own, first)
	if leads {
		return g.lead(ctx, r, key, alone, true)
	}
	return v
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
	return g.leaders+g.joined+len(g.waiting) < direct && g.avgTrip < slowdown*g.minTrip
}

// wait waits until own is answered, or until its caller is to lead.
func (g *Gatherer[V, R]) wait(ctx, caller context.Context, r R, own *read[V], first bool) (v V, leads bool) {
	var late <-chan time.Time
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
			g.leave(own)
			return r.Failed(ctx.Err()), false
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
	i := slices.Index(g.waiting, own)
	if i < 0 || g.leaders >= g.size.Leaders || g.fixed > 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	g.leaders++
	return true
}

// leave stops waiting for own. If it was appointed at this moment, the next one
// is appointed; if it is under way, its value is not used.
func (g *Gatherer[V, R]) leave(own *read[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.waiting, own); i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
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
	n = min(n, len(g.waiting))
	if n == 0 {
		return nil
	}
	taken := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.joined += n
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
	if len(g.waiting) == 0 {
		g.leaders--
		return
	}
	next := g.waiting[0]
	g.waiting = slices.Delete(g.waiting, 0, 1)
	next.wake <- appointed
}

// Fail answers all reads that wait with a value, that of a read whose server did
// not answer.
func (g *Gatherer[V, R]) Fail(value V) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, own := range g.waiting {
		own.value = value
		own.wake <- answered
	}
	clear(g.waiting)
	g.waiting = g.waiting[:0]
}

// Waiting returns how many reads wait for a leader.
func (g *Gatherer[V, R]) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// Fix sets the number of leaders, whatever time reads take. 0 means as many as
// serve.
func (g *Gatherer[V, R]) Fix(leaders int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fixed = leaders
}
