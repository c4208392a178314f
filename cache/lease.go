package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// lastPause is the longest time between two tries to give a lease back.
const lastPause = 100 * time.Millisecond

// newLead returns a flight that puts its lease in the place of what Redis shows,
// and loads. The caller holds the client's lock.
func (r *request) newLead(ctx context.Context, shown entry) *flight {
	f := newFlight(ctx, r.key, rand.Text())
	f.pending = true
	f.hold.mark = leasePrefix + f.token
	r.byToken[f.token], r.byKey[f.key] = f, f
	go r.lead(f, shown)
	return f
}

// newFailOpen returns a flight that loads and leaves Redis alone. The caller
// holds the client's lock.
func (r *request) newFailOpen(ctx context.Context, fault error) *flight {
	f := newFlight(ctx, r.key, "")
	r.byKey[f.key] = f
	go r.fly(f, fault)
	return f
}

// lead acquires the lease and loads. If Redis fails it loads all the same; if
// another process was faster, the flight's result is what Redis holds then.
func (r *request) lead(f *flight, shown entry) {
	found, err := attempt(f.values, r, func(ctx context.Context) (*entry, error) {
		return acquire(ctx, r.rdb, r.key, f.hold.mark, shown.raw, r.lease)
	})
	switch {
	case unreachable(err):
		// Perhaps only the reply was lost, and the lease is there.
		r.giveBackLater(f)
		r.fly(f, err)
	case err != nil:
		r.forget(f)
		if !r.queue(f) {
			r.finish(f, result{err: errRecursion(r.key)})
			return
		}
		r.fly(f, err)
	case found != nil:
		r.forget(f)
		r.finish(f, result{next: found})
	default:
		if shown.state == stored {
			r.report(EventCorrupt, r.key, r.began, nil)
		}
		r.fly(f, nil)
	}
}

// fly runs the load and brings the flight to its end, in whatever way the load
// ends. With a fault it leaves Redis alone.
func (r *request) fly(f *flight, fault error) {
	if !r.start(f) {
		if fault == nil {
			r.giveBack(f)
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
		if res.fault = fault; fault == nil && !r.abandoned(f) {
			r.settle(f, &res)
		}
		r.finish(f, res)
	}()
	res = r.load(f.ctx)
	returned = true
}

// settle stores the result in place of the lease, or gives the lease back.
func (r *request) settle(f *flight, res *result) {
	payload, ttl := res.raw, r.ttl+r.stale
	if res.err != nil && r.notFound != nil && errors.Is(res.err, r.notFound) {
		payload, ttl = []byte(absence), r.notFoundTTL
	}
	if res.corrupt != nil {
		r.report(EventCorrupt, r.key, r.began, res.corrupt)
	}
	if payload == nil {
		r.giveBack(f)
		return
	}
	kept, err := attempt(f.values, r, func(ctx context.Context) (bool, error) {
		return fillScript.Run(ctx, r.rdb, []string{r.key}, f.hold.mark, payload, milliseconds(ttl)).Bool()
	})
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
func (r *request) giveBack(f *flight) {
	r.mu.Lock()
	r.disown(f)
	r.mu.Unlock()
	if r.release(f) {
		r.forget(f)
		return
	}
	r.giveBackLater(f)
}

// giveBackLater does it in the background, and gives up when the lease has ended
// by itself. Until then a caller that finds the lease may replace it.
func (r *request) giveBackLater(f *flight) {
	r.mu.Lock()
	r.disown(f)
	r.mu.Unlock()
	go func() {
		defer r.forget(f)
		end := time.Now().Add(r.lease)
		for pause := probePause; !r.release(f) && time.Now().Before(end); pause = min(2*pause, lastPause) {
			time.Sleep(pause)
		}
	}()
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
	return time.AfterFunc(r.lease/3, func() { r.keepRenewing(f) }).Stop
}

func (r *request) keepRenewing(f *flight) {
	tick := time.NewTicker(r.lease / 3)
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
