package cache

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/semaphore"
)

// group is the loaders of one FetchMany that share a load. Each flight has a lease of its own,
// so other callers share or replace each key by itself; what the loaders of a group
// tell Redis goes there together.
type group struct {
	*client
	settings
	rdb     redis.UniversalClient
	load    func(ctx context.Context, keys []string) []result
	members []*loader
}

// add makes m a member. The caller holds the lock of the flights.
func (g *group) add(m *loader) { g.members = append(g.members, m) }

// gates returns those at which the group waits.
func (g *group) gates() *gates { return g.gate(g.members[0].key) }

// launch begins the work, if there is any.
func (g *group) launch() {
	if len(g.members) > 0 {
		g.background.run(g.members[0].key, g.run)
	}
}

// run acquires the leases and loads the keys that no other caller loads.
func (g *group) run(life context.Context) {
	// Groups that queue for the same keys do so in the same order.
	slices.SortFunc(g.members, func(a, b *loader) int { return cmp.Compare(a.key, b.key) })
	var leading, loading []*loader
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
			if queues(i) != queued || !m.acquired(founds[i], errs[i]) {
				continue
			}
			if m.fault == nil {
				m.renew()
			}
			loading = append(loading, m)
		}
	}
	g.loadAndStore(life, loading)
}

func (g *group) acquireAll(members []*loader) (founds []*entry, errs []error) {
	commands := make([]command, len(members))
	for i, m := range members {
		commands[i] = g.leases.command(m.key, m.flight.hold.mark, m.shown.raw, g.lease)
	}
	founds, errs = make([]*entry, len(members)), make([]error, len(members))
	for i, r := range g.attemptAll(g.gates().begin, commands) {
		if founds[i], errs[i] = foundAt(r.value, r.err, members[i].flight.hold.mark); errs[i] == nil {
			g.leases.scriptsRan()
		}
	}
	return founds, errs
}

// attemptAll sends commands together, which wait at a gate. They end with the budget,
// not with a caller.
func (g *group) attemptAll(gate *semaphore.Weighted, commands []command) []reply {
	return attemptAll(context.Background(), g.client, g.rdb, g.budget, gate, commands)
}

// loadAndStore runs the load and finishes the flights, in whatever way it ends.
func (g *group) loadAndStore(life context.Context, loading []*loader) {
	loading = slices.DeleteFunc(loading, func(m *loader) bool { return !m.begin(life) })
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
func (g *group) context(life context.Context, loading []*loader) (context.Context, func()) {
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
func (g *group) end(life context.Context, members []*loader, results []result) {
	var fills, releases []int
	var commands []command
	for i, m := range members {
		m.stopRenewal()
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
		case m.flights.wasAbandoned(m.flight): // its lease was given back
		case payload == nil:
			releases = append(releases, i)
		default:
			fills = append(fills, i)
			commands = append(commands, scriptCommand(fillScript, m.key, hold.mark, payload, milliseconds(ttl)))
		}
	}
	for _, i := range releases {
		m := members[i]
		m.flights.mu.Lock()
		m.flights.disown(m.flight)
		m.flights.mu.Unlock()
		commands = append(commands, scriptCommand(releaseScript, m.key, m.flight.hold.mark, m.flight.hold.length()))
	}
	replies := g.attemptAll(g.gates().other, commands)
	for n, i := range fills {
		kept, _ := replies[n].value.(int64)
		members[i].stored(&results[i], kept == 1, replies[n].err)
	}
	for n, i := range releases {
		m, err := members[i], replies[len(fills)+n].err
		switch {
		case !unreachable(err) || errors.Is(err, redis.ErrClosed):
			m.flights.forget(m.flight)
		case life.Err() == nil:
			m.giveBackLater()
		}
	}
	for i, m := range members {
		m.flights.finish(m.flight, results[i])
	}
}

// refreshAll tags the members' stale values as their own and loads them anew.
func (g *group) refreshAll(life context.Context) {
	commands := make([]command, len(g.members))
	for i, m := range g.members {
		value := refresher{m}.tag()
		commands[i] = scriptCommand(markScript, m.key, m.shown.raw, value, m.flight.hold.tag(m.lease))
	}
	replies := g.attemptAll(g.gates().begin, commands)
	var marked []*loader
	left := time.Duration(0)
	for i, m := range g.members {
		ours, _ := replies[i].value.(int64)
		if unreachable(replies[i].err) {
			m.giveBackLater()
		}
		if replies[i].err != nil || ours != 1 {
			m.refreshing.end(m.key)
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
			refresher{m}.done()
		}
	}()
	for _, m := range marked {
		m.renew()
	}
	g.loadAndStore(life, marked)
}
