package cache

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// group is the flights of one FetchMany that share a load. Each has a lease of its own,
// so other callers share or replace each key by itself; what the flights of a group
// tell Redis goes there together.
type group struct {
	*client
	settings
	rdb     redis.UniversalClient
	load    func(ctx context.Context, keys []string) []result
	members []*member
}

type member struct {
	*request
	flight *flight
	shown  entry       // what Redis showed
	fault  error       // why the flight leaves Redis alone
	stop   func() bool // ends the renewal of the lease; nil: it was not begun
}

// add makes m a member. The caller holds the client's lock.
func (g *group) add(m *member) { g.members = append(g.members, m) }

// launch begins the work, if there is any.
func (g *group) launch() {
	if len(g.members) > 0 {
		g.background.run(g.members[0].key, g.lead)
	}
}

// lead acquires the leases and loads the keys that nobody else loads.
func (g *group) lead(life context.Context) {
	// Groups that queue for the same keys do so in the same order.
	slices.SortFunc(g.members, func(a, b *member) int { return cmp.Compare(a.key, b.key) })
	var leading, loading []*member
	for _, m := range g.members {
		if m.fault == nil {
			leading = append(leading, m)
		} else {
			loading = append(loading, m)
		}
	}
	founds, errs := g.acquireAll(leading)
	queues := func(i int) bool { return errs[i] != nil && !unreachable(errs[i]) }
	for _, queued := range []bool{false, true} { // what waits is last: the others have their leases renewed
		for i, m := range leading {
			if queues(i) != queued {
				continue
			}
			loads, fault := m.acquired(m.flight, m.shown, founds[i], errs[i])
			if !loads {
				continue
			}
			if m.fault = fault; fault == nil {
				m.stop = m.renew(m.flight)
			}
			loading = append(loading, m)
		}
	}
	g.fly(life, loading)
}

func (g *group) acquireAll(members []*member) (founds []*entry, errs []error) {
	plain := g.setNXGet.Load() == setNXGetWorks
	commands := make([]command, len(members))
	for i, m := range members {
		mark := m.flight.hold.mark
		commands[i] = scriptCommand(acquireScript, m.key, mark, m.shown.raw, milliseconds(g.lease))
		if plain && m.shown.raw == nil {
			commands[i].send = func(ctx context.Context, p redis.Pipeliner) *redis.Cmd {
				return p.Do(ctx, setNXGetArgs(m.key, mark, g.lease)...)
			}
			commands[i].again = func(ctx context.Context, p redis.Pipeliner) *redis.Cmd {
				g.setNXGet.Store(setNXGetRefused)
				return acquireScript.Eval(ctx, p, []string{m.key}, mark, m.shown.raw, milliseconds(g.lease))
			}
			commands[i].refused = func(err error) bool { return redis.HasErrorPrefix(err, "ERR") }
		}
	}
	founds, errs = make([]*entry, len(members)), make([]error, len(members))
	for i, r := range g.attemptAll(context.Background(), g.rdb, g.budget, commands) {
		founds[i], errs[i] = foundAt(r.value, r.err, members[i].flight.hold.mark)
		if errs[i] == nil && !plain {
			g.setNXGet.CompareAndSwap(setNXGetUnknown, setNXGetWorks)
		}
	}
	return founds, errs
}

// fly runs the load and brings the flights to their end, in whatever way it ends.
func (g *group) fly(life context.Context, loading []*member) {
	loading = slices.DeleteFunc(loading, func(m *member) bool {
		if m.start(m.flight) {
			return false
		}
		if m.stop != nil {
			m.stop()
		}
		if m.fault == nil {
			m.giveBack(life, m.flight)
		}
		m.finish(m.flight, result{})
		return true
	})
	if len(loading) == 0 {
		return
	}
	ctx, done := g.context(life, loading)
	defer done()
	var results []result
	returned := false
	defer func() {
		if !returned {
			results = slices.Repeat([]result{{panic: newPanicError(recover())}}, len(loading))
		}
		g.end(life, loading, results)
	}()
	keys := make([]string, len(loading))
	for i, m := range loading {
		keys[i] = m.key
	}
	results = g.load(ctx, keys)
	returned = true
}

// context returns the context of the load, which ends when all flights are cancelled.
func (g *group) context(life context.Context, loading []*member) (context.Context, func()) {
	flights := make([]*flight, len(loading))
	for i, m := range loading {
		flights[i] = m.flight
	}
	ctx, cancel := context.WithCancelCause(enclose(flights[0].values, flights...))
	var left atomic.Int64
	left.Store(int64(len(flights)))
	stops := []func() bool{context.AfterFunc(life, func() {
		for _, f := range flights {
			f.cancel(errStopped)
		}
	})}
	for _, f := range flights {
		stops = append(stops, context.AfterFunc(f.ctx, func() {
			if left.Add(-1) == 0 {
				cancel(context.Cause(f.ctx))
			}
		}))
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel(nil)
	}
}

// end stores the results in place of the leases, or gives these back, and finishes the
// flights.
func (g *group) end(life context.Context, members []*member, results []result) {
	var fills, releases []int
	var commands []command
	for i, m := range members {
		if m.stop != nil {
			m.stop()
		}
		res := &results[i]
		res.fault = m.fault
		if m.fault != nil {
			continue
		}
		if res.corrupt != nil {
			m.report(EventCorrupt, m.key, m.began, res.corrupt)
		}
		payload, ttl := m.payload(res)
		hold := &m.flight.hold
		switch {
		case m.wasAbandoned(m.flight): // its lease was given back
		case payload == nil:
			releases = append(releases, i)
		default:
			fills = append(fills, i)
			commands = append(commands, scriptCommand(fillScript, m.key, hold.mark, payload, milliseconds(ttl)))
		}
	}
	for _, i := range releases {
		m := members[i]
		m.mu.Lock()
		m.disown(m.flight)
		m.mu.Unlock()
		commands = append(commands, scriptCommand(releaseScript, m.key, m.flight.hold.mark, m.flight.hold.length()))
	}
	replies := g.attemptAll(context.Background(), g.rdb, g.budget, commands)
	for n, i := range fills {
		kept, _ := replies[n].value.(int64)
		members[i].settled(members[i].flight, &results[i], kept == 1, replies[n].err)
	}
	for n, i := range releases {
		m, err := members[i], replies[len(fills)+n].err
		switch {
		case !unreachable(err) || errors.Is(err, redis.ErrClosed):
			m.forget(m.flight)
		case life.Err() == nil:
			m.giveBackLater(m.flight)
		}
	}
	for i, m := range members {
		m.finish(m.flight, results[i])
	}
}

// refreshAll tags the members' stale values as their own and loads them anew.
func (g *group) refreshAll(life context.Context) {
	commands := make([]command, len(g.members))
	for i, m := range g.members {
		value := m.tagFlight(m.flight, m.shown)
		commands[i] = scriptCommand(markScript, m.key, m.shown.raw, value, m.flight.hold.tag(m.lease))
	}
	replies := g.attemptAll(context.Background(), g.rdb, g.budget, commands)
	var marked []*member
	left := time.Duration(0)
	for i, m := range g.members {
		ours, _ := replies[i].value.(int64)
		if unreachable(replies[i].err) {
			m.giveBackLater(m.flight)
		}
		if replies[i].err != nil || ours != 1 {
			m.endRefresh(m.key)
			continue
		}
		marked = append(marked, m)
		left = max(left, m.shown.left)
	}
	if len(marked) == 0 {
		return
	}
	// When the time of every value is up, no result could be stored.
	timer := time.AfterFunc(left, func() {
		for _, m := range marked {
			m.flight.cancel(context.DeadlineExceeded)
		}
	})
	defer func() { // load may leave by Goexit
		timer.Stop()
		for _, m := range marked {
			m.refreshed(m.flight)
		}
	}()
	for _, m := range marked {
		m.stop = m.renew(m.flight)
	}
	g.fly(life, marked)
}
