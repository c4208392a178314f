package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// request is a Fetch that did not end with its first read, or a refresh.
type request struct {
	*client
	settings
	rdb   redis.UniversalClient
	key   string
	began time.Time
	load  func(context.Context) result

	many  bool   // of FetchMany: a key without a value is no error
	group *group // that loads together; nil: the request loads alone

	decode func([]byte) error // into the caller's value
	assign func(any) bool     // the same without decoding; false if it is of another type
}

// resolve goes from what Redis shows to a value: it decodes it, has it loaded,
// or waits for the load of another caller.
func (r *request) resolve(ctx context.Context, e entry) error {
	kind := EventHit
	for {
		if done, err := r.show(kind, e); done {
			return err
		}
		f, ran, err := r.joinOrBegin(ctx, e)
		if err == nil {
			err = r.await(ctx, f)
		}
		if err != nil {
			return r.end(outcome(e, ran), err)
		}
		next, k, done, err := r.take(ctx, e, f, ran)
		if done {
			return err
		}
		kind, e = k, next
	}
}

// show ends a call with what Redis shows, if that is an answer.
func (r *request) show(kind EventKind, e entry) (done bool, err error) {
	switch e.state {
	case ended:
		return true, r.end(max(kind, EventMiss), e.err)
	case stored:
		if r.remembersAbsence(e) {
			return true, r.absent(kind)
		}
		if r.decode(e.raw) == nil {
			return true, r.end(kind, nil)
		}
	}
	return false, nil
}

// take ends a call with the result of a flight, or returns what Redis showed the
// flight, to go on with.
func (r *request) take(ctx context.Context, e entry, f *flight, ran bool) (next entry, kind EventKind, done bool, err error) {
	kind = outcome(e, ran)
	switch res := &f.result; {
	case res.leftOut && (ran || r.notFound != nil), r.many && r.notFound != nil && errors.Is(res.err, r.notFound):
		return next, kind, true, r.absent(kind)
	case res.next != nil && ran:
		r.recent.note(*res.next)
		return *res.next, EventHit, false, nil
	case res.next != nil && f.foreign:
		return *res.next, kind, false, nil
	case res.next != nil, res.leftOut:
		// That look at Redis may be older than this call, and that load was another's.
		return r.read(ctx, r.rdb, r.key, r.budget, r.stale > 0, time.Now()), kind, false, nil
	case ran || res.raw == nil:
		return next, kind, true, r.deliver(ctx, e, res, ran, kind)
	}
	return entry{state: stored, raw: f.result.raw}, kind, false, nil
}

// absent ends a call for whose key there is no value.
func (r *request) absent(kind EventKind) error {
	if r.many {
		return r.end(kind, nil)
	}
	return r.end(kind, r.notFound)
}

// outcome is the kind of event of a call that saw e and had its value from a
// load, its own if ran.
func outcome(e entry, ran bool) EventKind {
	switch {
	case e.state == unusable:
		return EventFailOpen
	case ran:
		return EventMiss
	}
	return EventJoin
}

// deliver ends a call with the result of its own load, or with that of another
// which brought no encoded value.
func (r *request) deliver(ctx context.Context, e entry, res *result, ran bool, kind EventKind) error {
	switch {
	case res.panic != nil:
		_ = r.end(kind, res.panic)
		if ran {
			res.panic.again()
		}
		return res.panic
	case res.err != nil:
		return r.end(kind, res.err)
	}
	fault := e.err
	if ran && res.fault != nil {
		kind, fault = EventFailOpen, res.fault
	}
	if !r.assign(res.value) {
		// Another type, and no encoding to go by: what is left is one's own load.
		own := r.load(ctx)
		switch {
		case own.err != nil:
			return r.end(kind, own.err)
		case own.leftOut:
			return r.absent(kind)
		}
		r.assign(own.value)
	}
	_ = r.end(kind, fault)
	return nil
}

// end reports how the call went, and returns err.
func (r *request) end(kind EventKind, err error) error {
	r.report(kind, r.key, r.began, err)
	return err
}

// joinOrBegin makes the caller a waiter of the flight that answers for what Redis
// shows, a new one if need be. It reports whether that runs the caller's load.
func (r *request) joinOrBegin(ctx context.Context, e entry) (f *flight, ran bool, err error) {
	r.flights.mu.Lock()
	defer r.flights.mu.Unlock()
	switch e.state {
	case leased:
		// Redis shows the token of that load, so it is as new as this call.
		switch f = r.flights.byToken[e.token()]; {
		case f == nil:
			return r.newWatch(ctx, e.token()), false, nil
		case f.orphan:
			return r.newLoad(ctx, e), true, nil
		}
	case unusable:
		if f = r.flights.byKey[r.key]; f == nil {
			return r.newFailOpen(ctx, e.err), true, nil
		}
	default:
		// Until its load begins other callers may share a flight.
		if f = r.flights.byKey[r.key]; f == nil || !f.pending {
			return r.newLoad(ctx, e), true, nil
		}
	}
	f.join()
	return f, false, nil
}

// newLoad returns a flight whose loader puts its lease in the place of what Redis
// shows. The caller holds the lock of the flights.
func (r *request) newLoad(ctx context.Context, shown entry) *flight {
	f := newFlight(ctx, r.key, rand.Text())
	f.pending, f.keep = true, r.keepFor()
	f.hold.mark = leasePrefix + f.token
	r.flights.byToken[f.token], r.flights.byKey[f.key] = f, f
	l := &loader{request: r, flight: f, shown: shown}
	if r.group != nil {
		r.group.add(l)
	} else {
		r.background.run(f.key, l.run)
	}
	return f
}

// newFailOpen returns a flight whose loader leaves Redis alone. The caller holds the
// lock of the flights.
func (r *request) newFailOpen(ctx context.Context, fault error) *flight {
	f := newFlight(ctx, r.key, "")
	f.keep = r.keepFor()
	r.flights.byKey[f.key] = f
	l := &loader{request: r, flight: f, fault: fault}
	if r.group != nil {
		r.group.add(l)
	} else {
		r.background.run(f.key, l.loadAndStore)
	}
	return f
}

// newWatch returns a flight that ends when Redis no longer shows the token, for
// all callers of this process that have seen it there. The caller holds the lock of
// the flights.
func (r *request) newWatch(ctx context.Context, token string) *flight {
	f := newFlight(ctx, r.key, token)
	f.foreign = true
	r.flights.byToken[token] = f
	r.background.run(f.key, (&watch{r, f}).run)
	return f
}

// await waits for the end of f or of ctx, whichever is first.
func (r *request) await(ctx context.Context, f *flight) error {
	if f.over() {
		return nil
	}
	if !awaits(ctx, f) {
		r.leave(f)
		return errRecursion(r.key)
	}
	defer awaitsNoMore(ctx, f)
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		r.leave(f)
		return ctx.Err()
	}
}

// leave takes the caller from the waiters of f. The load goes on for a time without any.
func (r *request) leave(f *flight) {
	r.flights.mu.Lock()
	f.waiters--
	alone := f.waiters == 0 && !f.over()
	if alone && !f.foreign && !f.pending && f.keep > atOnce {
		f.ending = time.AfterFunc(f.keep, func() { r.abandon(f) })
		alone = false
	}
	r.flights.mu.Unlock()
	if alone {
		r.abandon(f)
	}
}

// abandon cancels f, unless it has a waiter again. No caller joins it after that. A
// lease is given back.
func (r *request) abandon(f *flight) {
	r.flights.mu.Lock()
	defer r.flights.mu.Unlock()
	if f.waiters > 0 || f.over() {
		return
	}
	f.abandoned = true
	f.cancel(errAbandoned)
	r.flights.drop(f)
	if f.foreign || f.token == "" || f.orphan {
		return
	}
	r.flights.disown(f)
	if !f.pending {
		r.background.run(f.key, (&loader{request: r, flight: f}).giveBack)
	}
}

func errRecursion(key string) error {
	return fmt.Errorf("cache: the load of %q would wait for itself: it fetches the same key, or one whose load does", key)
}
