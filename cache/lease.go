package cache

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
)

// lastPause is the longest time between two tries to give a lease back.
const lastPause = 100 * time.Millisecond

// newLead returns a flight that puts its lease in the place of what Redis shows,
// and loads. The caller holds the client's lock.
func (r *request) newLead(ctx context.Context, shown entry) *flight {
	f := newFlight(ctx, r.key, rand.Text())
	f.pending, f.keep = true, r.keepFor()
	f.hold.mark = leasePrefix + f.token
	r.byToken[f.token], r.byKey[f.key] = f, f
	if r.group != nil {
		r.group.add(&member{request: r, flight: f, shown: shown})
	} else {
		r.background.run(f.key, func(life context.Context) { r.lead(life, f, shown) })
	}
	return f
}

// newFailOpen returns a flight that loads and leaves Redis alone. The caller
// holds the client's lock.
func (r *request) newFailOpen(ctx context.Context, fault error) *flight {
	f := newFlight(ctx, r.key, "")
	f.keep = r.keepFor()
	r.byKey[f.key] = f
	if r.group != nil {
		r.group.add(&member{request: r, flight: f, fault: fault})
	} else {
		r.background.run(f.key, func(life context.Context) { r.fly(life, f, fault) })
	}
	return f
}

// lead acquires the lease and loads. If Redis fails it loads all the same; if
// another process was faster, the flight's result is what Redis holds then.
func (r *request) lead(life context.Context, f *flight, shown entry) {
	found, err := attempt(f.values, r, func(ctx context.Context) (*entry, error) {
		return r.acquire(ctx, r.rdb, r.key, f.hold.mark, shown.raw, r.lease)
	})
	if loads, fault := r.acquired(f, shown, found, err); loads {
		r.fly(life, f, fault)
	}
}

// acquired deals with the answer to an attempt to acquire the lease of f. It reports
// whether f is to load, and why it has to leave Redis alone then; if not, f is finished.
func (r *request) acquired(f *flight, shown entry, found *entry, err error) (loads bool, fault error) {
	switch {
	case unreachable(err):
		// Perhaps only the reply was lost, and the lease is there.
		r.giveBackLater(f)
		return true, err
	case err != nil:
		r.forget(f)
		if !r.queue(f) {
			r.finish(f, result{err: errRecursion(r.key)})
			return false, nil
		}
		return true, err
	case found != nil:
		r.forget(f)
		r.finish(f, result{next: found})
		return false, nil
	}
	if shown.state == stored {
		r.report(EventCorrupt, r.key, r.began, nil)
	}
	return true, nil
}

// fly runs the load and brings the flight to its end, in whatever way the load
// ends. With a fault it leaves Redis alone.
func (r *request) fly(life context.Context, f *flight, fault error) {
	defer context.AfterFunc(life, func() { f.cancel(errStopped) })()
	if !r.start(f) {
		if fault == nil {
			r.giveBack(life, f)
		}
		r.finish(f, result{})
		return
	}
	stop := func() bool { return false }
	if fault == nil {
		stop = r.renew(f)
	}
	var res result
	returned := false
	defer func() {
		if !returned {
			res.panic = newPanicError(recover())
		}
		stop()
		if res.fault = fault; fault == nil && !r.wasAbandoned(f) {
			r.settle(life, f, &res)
		}
		r.finish(f, res)
	}()
	res = r.load(f.ctx)
	returned = true
}

// settle stores the result in place of the lease, or gives the lease back.
func (r *request) settle(life context.Context, f *flight, res *result) {
	if res.corrupt != nil {
		r.report(EventCorrupt, r.key, r.began, res.corrupt)
	}
	payload, ttl := r.payload(res)
	if payload == nil {
		r.giveBack(life, f)
		return
	}
	kept, err := attempt(f.values, r, func(ctx context.Context) (bool, error) {
		return fillScript.Run(ctx, r.rdb, []string{r.key}, f.hold.mark, payload, milliseconds(ttl)).Bool()
	})
	r.settled(f, res, kept, err)
}

// settled deals with the answer to a fill.
func (r *request) settled(f *flight, res *result, kept bool, err error) {
	switch {
	case err == nil && kept:
		return
	case err == nil || !unreachable(err):
		r.report(EventRejected, r.key, r.began, err)
	default:
		res.fault = err
	}
	if err != nil {
		r.giveBackLater(f)
	}
}

// giveBack takes the flight's lease out of Redis, now or, when Redis does not
// answer, as soon as it does.
func (r *request) giveBack(life context.Context, f *flight) {
	r.mu.Lock()
	r.disown(f)
	r.mu.Unlock()
	if r.release(f) {
		r.forget(f)
		return
	}
	if life.Err() == nil {
		r.giveBackLater(f)
	}
}

// giveBackLater does it in the background, and gives up when the lease has ended
// by itself. Until then a caller that finds the lease may replace it.
func (r *request) giveBackLater(f *flight) {
	r.mu.Lock()
	r.disown(f)
	r.mu.Unlock()
	r.background.run(f.key, func(life context.Context) {
		defer r.forget(f)
		end := time.Now().Add(r.lease)
		for pause := probePause; !r.release(f) && time.Now().Before(end) && wait(life, pause); pause = min(2*pause, lastPause) {
		}
	})
}

// release reports whether Redis has answered: if so, the lease is not there.
func (r *request) release(f *flight) bool {
	_, err := attempt(f.values, r, func(ctx context.Context) (int, error) {
		return releaseScript.Run(ctx, r.rdb, []string{r.key}, f.hold.mark, f.hold.length()).Int()
	})
	return !unreachable(err) || errors.Is(err, redis.ErrClosed)
}

// renew keeps the lease while the load runs. The returned function ends that.
func (r *request) renew(f *flight) (stop func() bool) {
	return time.AfterFunc(max(1, r.lease/3), func() { r.keepRenewing(f) }).Stop
}

func (r *request) keepRenewing(f *flight) {
	tick := time.NewTicker(max(1, r.lease/3))
	defer tick.Stop()
	for {
		held, err := attempt(f.ctx, r, func(ctx context.Context) (bool, error) {
			return renewScript.Run(ctx, r.rdb, []string{r.key},
				f.hold.mark, milliseconds(r.lease), f.hold.tag(r.lease)).Bool()
		})
		if err == nil && !held {
			return
		}
		select {
		case <-f.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// payload returns what to store for a result, and for how long; nil for nothing.
func (r *request) payload(res *result) ([]byte, time.Duration) {
	switch {
	case r.notFound != nil && (res.leftOut || errors.Is(res.err, r.notFound)):
		return []byte(absence), r.notFoundTTL
	case res.raw == nil || res.ttl <= 0:
		return nil, 0
	}
	return res.raw, r.shorten(res.ttl) + r.stale
}

// shorten takes the jitter from a time to live.
func (s *settings) shorten(ttl time.Duration) time.Duration {
	if s.jitter == 0 {
		return ttl
	}
	return ttl - time.Duration(mathrand.Float64()*s.jitter*float64(ttl))
}

// keepFor is how long a load goes on without callers.
func (s *settings) keepFor() time.Duration {
	if s.keep == 0 {
		return s.lease
	}
	return s.keep
}

// wait reports whether a pause is over; false when ctx ends before.
func wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
