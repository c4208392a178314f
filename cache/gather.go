package cache

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// few callers go out side by side, each by itself.
	few = 4
	// busy is how many times as long as the shortest reads usually take when
	// processors are short, so that reads together save more than they cost.
	busy = 8
	// perLeader is how much of a round trip's time pays for one more read under
	// way: where the network is what takes the time, waiting for each other
	// would only add to it.
	perLeader = 100 * time.Microsecond
	// stall is how long the first that waits relies on the return of those under
	// way: their connections may be dead, and its own not.
	stall = 10 * time.Millisecond
	// maxLeaders bounds the reads of one server that are under way.
	maxLeaders = 16
	// maxBatch bounds, in keys, what goes out together.
	maxBatch = 64
	// crowd is for how many reads company is expected, after one that had some.
	crowd = 32
)

// gatherer gathers reads the way databases gather commits: some go out at once,
// each by itself; those that come meanwhile wait for one to return and go out
// together, in a pipeline that one of them leads. So a few callers have the
// latency of a GET each, and many share its cost.
type gatherer struct {
	mu      sync.Mutex
	leaders int
	led     int // reads under way that are not their leaders' own
	waiting []*read
	company int           // for how many more reads company is expected
	trip    time.Duration // the shortest time of a read lately; 0: not known
	usual   time.Duration // what reads take on average
	fixed   int           // how many leaders there are to be, for tests; 0: as many as serve
}

// room tells whether there may be one more leader. The caller holds the lock.
func (g *gatherer) room() bool {
	switch {
	case g.fixed > 0:
		return g.leaders < g.fixed
	case g.leaders == 0:
		return true
	case g.leaders >= maxLeaders:
		return false
	case g.leaders < int(g.trip/perLeader):
		return true
	}
	return g.leaders+g.led+len(g.waiting) < few && g.usual < busy*g.trip
}

// read is a key that somebody waits for.
type read struct {
	key string
	// wake tells its caller what has happened: it was appointed to lead, or e
	// is there.
	wake chan event
	e    entry
}

type event uint8

const (
	answered event = iota
	appointed
)

// look reads key, by itself or together with others. The operation is bounded by
// ctx, the wait also by caller. A lonely read leads nobody, because its ctx ends
// earlier than the budget of the others.
func (g *gatherer) look(ctx, caller context.Context, rdb redis.UniversalClient, key string, lonely bool) entry {
	g.mu.Lock()
	if g.room() {
		g.leaders++
		crowded := g.company > 0
		g.mu.Unlock()
		return g.lead(ctx, rdb, key, lonely, crowded)
	}
	r := &read{key: key, wake: make(chan event, 1)}
	first := len(g.waiting) == 0
	g.waiting = append(g.waiting, r)
	g.mu.Unlock()
	e, leads := g.wait(ctx, caller, r, first)
	if leads {
		return g.lead(ctx, rdb, key, lonely, true)
	}
	return e
}

// wait waits for r to be answered, or until its caller is to lead.
func (g *gatherer) wait(ctx, caller context.Context, r *read, first bool) (e entry, leads bool) {
	var late <-chan time.Time
	if first {
		timer := time.NewTimer(stall)
		defer timer.Stop()
		late = timer.C
	}
	for {
		select {
		case what := <-r.wake:
			return r.e, what == appointed
		case <-late:
			if g.promote(r) {
				return entry{}, true
			}
		case <-ctx.Done():
			return g.leave(r, ctx.Err()), false
		case <-caller.Done():
			return g.leave(r, caller.Err()), false
		}
	}
}

// promote has r lead beside those that do not return, unless one of them has
// taken it along.
func (g *gatherer) promote(r *read) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, r)
	if i < 0 || g.leaders >= maxLeaders || g.fixed > 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	g.leaders++
	return true
}

// leave takes r back. If it was appointed at this moment, the next one is.
func (g *gatherer) leave(r *read, err error) entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.waiting, r); i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
		return entry{state: unusable, err: err}
	}
	select {
	case what := <-r.wake:
		if what == appointed {
			g.appoint()
		}
	default: // it is under way; nobody waits for it any more
	}
	return entry{state: unusable, err: err}
}

// lead reads key and, unless it is lonely, what waits. Then another one leads. In
// a crowd it lets all goroutines that can run do so first: where processors are
// short, most of those that serve a request are about to read, too.
func (g *gatherer) lead(ctx context.Context, rdb redis.UniversalClient, key string, lonely, crowded bool) entry {
	if crowded && !lonely {
		runtime.Gosched()
	}
	began, led := time.Now(), 0
	defer func() { g.handOn(led, time.Since(began)) }()
	var others []*read
	if !lonely {
		others = g.take(maxBatch - 1)
		led = len(others)
	}
	if led == 0 {
		return look(ctx, rdb, key, false)
	}
	return together(ctx, rdb, key, others)
}

// errBroken is what the others get of a read whose leader panicked, in a hook
// of the client.
var errBroken = errors.New("cache: the read was broken off")

// together reads key and what others wait for at once. A key that several want,
// as many want a hot one, is read once for them: what they see is as new as what
// a read of their own would have shown.
func together(ctx context.Context, rdb redis.UniversalClient, key string, others []*read) entry {
	for _, o := range others {
		o.e = entry{state: unusable, err: errBroken}
	}
	defer func() {
		for _, o := range others {
			o.wake <- answered
		}
	}()
	keys, place := distinct(key, others)
	found := readAll(ctx, rdb, keys)
	share(found, place)
	for i, o := range others {
		o.e = found[place[i]]
	}
	return found[0]
}

// maxCompared bounds how many keys one is compared with: it is for hot keys, of
// which there are few.
const maxCompared = 8

// distinct returns the keys to read, key first, and where among them that of
// each other is.
func distinct(key string, others []*read) (keys []string, place []int) {
	keys, place = append(make([]string, 0, len(others)+1), key), make([]int, len(others))
	for i, o := range others {
		place[i] = slices.Index(keys[:min(len(keys), maxCompared)], o.key)
		if place[i] < 0 {
			place[i] = len(keys)
			keys = append(keys, o.key)
		}
	}
	return keys, place
}

// share lets those who asked for the same key share more than the bytes. The first
// entry is the leader's, and place is where those of the others are.
func share(found []entry, place []int) {
	asked := [maxCompared]bool{true}
	for _, k := range place {
		if k >= maxCompared {
			continue
		}
		if asked[k] && found[k].shared == nil {
			found[k].shared = &shared{}
		}
		asked[k] = true
	}
}

// readAll reads keys in one round trip.
func readAll(ctx context.Context, rdb redis.UniversalClient, keys []string) []entry {
	found := make([]entry, len(keys))
	if len(keys) == 1 {
		found[0] = look(ctx, rdb, keys[0], false)
		return found
	}
	pipe := rdb.Pipeline()
	replies := make([]*redis.StringCmd, len(keys))
	for i, key := range keys {
		replies[i] = pipe.Get(ctx, key)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for i, reply := range replies {
		found[i] = newEntry(reply.Bytes())
	}
	return found
}

// take removes up to n reads from those that wait.
func (g *gatherer) take(n int) []*read {
	g.mu.Lock()
	defer g.mu.Unlock()
	n = min(n, len(g.waiting))
	if n == 0 {
		return nil
	}
	taken := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.led += n
	return taken
}

// release sends those that wait away, with the error of one that did not get an
// answer: they would not either.
func (g *gatherer) release(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.waiting {
		r.e = entry{state: unusable, err: err}
		r.wake <- answered
	}
	clear(g.waiting)
	g.waiting = g.waiting[:0]
}

// handOn ends a lead. The time that it took counts as long as there is no
// shorter one: what is known of the network's share grows slowly and shrinks at
// once, because load makes a read longer, and nothing makes it shorter.
func (g *gatherer) handOn(led int, took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.led -= led
	if led > 0 {
		g.company = crowd
	} else {
		g.company = max(0, g.company-1)
	}
	g.usual += (took - g.usual) / 8
	if g.trip == 0 || took < g.trip {
		g.trip = took
	} else {
		g.trip += g.trip / 256
	}
	g.appoint()
}

// appoint has the one that waits longest lead, or frees the place.
func (g *gatherer) appoint() {
	if len(g.waiting) == 0 {
		g.leaders--
		return
	}
	next := g.waiting[0]
	g.waiting = slices.Delete(g.waiting, 0, 1)
	next.wake <- appointed
}
