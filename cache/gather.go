package cache

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"
)

const (
	// maxLeaders is how many reads of one server go out side by side.
	maxLeaders = 4
	// maxBatch bounds, in keys, what goes out together.
	maxBatch = 64
)

// gatherer gathers reads the way databases gather commits: up to maxLeaders go out
// at once, each by itself; those that come meanwhile wait for one to return and
// go out together, in a pipeline that one of them leads. So a few callers have
// the latency of a GET each, and many share its cost.
type gatherer struct {
	mu      sync.Mutex
	leaders int
	waiting []*read
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
	if g.leaders < maxLeaders {
		g.leaders++
		g.mu.Unlock()
		return g.lead(ctx, rdb, key, lonely)
	}
	r := &read{key: key, wake: make(chan event, 1)}
	g.waiting = append(g.waiting, r)
	g.mu.Unlock()
	select {
	case what := <-r.wake:
		if what == appointed {
			return g.lead(ctx, rdb, key, lonely)
		}
		return r.e
	case <-ctx.Done():
		return g.leave(r, ctx.Err())
	case <-caller.Done():
		return g.leave(r, caller.Err())
	}
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

// lead reads key and, unless it is lonely, what waits. Then another one leads.
func (g *gatherer) lead(ctx context.Context, rdb redis.UniversalClient, key string, lonely bool) entry {
	defer g.handOn()
	var others []*read
	if !lonely {
		others = g.take(maxBatch - 1)
	}
	if len(others) == 0 {
		return look(ctx, rdb, key, false)
	}
	return together(ctx, rdb, key, others)
}

// errBroken is what the others get of a read whose leader panicked, in a hook
// of the client.
var errBroken = errors.New("cache: the read was broken off")

// together reads key and what others wait for in one pipeline.
func together(ctx context.Context, rdb redis.UniversalClient, key string, others []*read) entry {
	for _, o := range others {
		o.e = entry{state: unusable, err: errBroken}
	}
	defer func() {
		for _, o := range others {
			o.wake <- answered
		}
	}()
	pipe := rdb.Pipeline()
	mine := pipe.Get(ctx, key)
	theirs := make([]*redis.StringCmd, len(others))
	for i, o := range others {
		theirs[i] = pipe.Get(ctx, o.key)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for i, o := range others {
		o.e = newEntry(theirs[i].Bytes())
	}
	return newEntry(mine.Bytes())
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
	return taken
}

func (g *gatherer) handOn() {
	g.mu.Lock()
	defer g.mu.Unlock()
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
