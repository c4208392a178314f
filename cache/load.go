package cache

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// lastPause is the longest time between two tries to give a lease back.
const lastPause = 100 * time.Millisecond

// loader loads the value of a flight under a lease in Redis, keeps the lease while it
// loads, and stores the value in its place.
type loader struct {
	*request
	flight  *flight
	shown   entry       // what Redis showed
	fault   error       // why the loader leaves Redis alone; nil: it does not
	renewal *time.Timer // begins to renew the lease; nil: it is not renewed
}

// run acquires the lease and loads. If Redis fails it loads all the same; if another
// process was faster, the flight's result is what Redis holds then.
func (l *loader) run(life context.Context) {
	found, err := attempt(l.flight.values, l.request, l.gate(l.key).begin, func(ctx context.Context) (*entry, error) {
		return l.leases.acquire(ctx, l.rdb, l.key, l.flight.hold.mark, l.shown.raw, l.lease)
	})
	if l.acquired(found, err) {
		l.loadAndStore(life)
	}
}

// acquired deals with the answer to an attempt to acquire the lease. It reports whether
// this loader is to load; if not, its flight is finished.
func (l *loader) acquired(found *entry, err error) bool {
	switch {
	case unreachable(err):
		// Perhaps only the reply was lost, and the lease is there.
		l.giveBackLater()
		l.fault = err
	case err != nil:
		l.flights.forget(l.flight)
		if !l.flights.queue(l.flight) {
			l.flights.finish(l.flight, result{err: errRecursion(l.key)})
			return false
		}
		l.fault = err
	case found != nil:
		l.flights.forget(l.flight)
		l.flights.finish(l.flight, result{next: found})
		return false
	case l.shown.state == stored:
		l.report(EventCorrupt, l.key, l.began, nil)
	}
	return true
}

// loadAndStore runs the load and finishes the flight, in whatever way the load ends.
func (l *loader) loadAndStore(life context.Context) {
	defer context.AfterFunc(life, func() { l.flight.cancel(errStopped) })()
	if !l.begin(life) {
		return
	}
	if l.fault == nil {
		l.renew()
	}
	var res result
	returned := false
	defer func() {
		if !returned {
			res.panic = newPanicError(recover())
		}
		l.stopRenewal()
		if res.fault = l.fault; l.fault == nil && !l.flights.wasAbandoned(l.flight) {
			l.store(life, &res)
		}
		l.flights.finish(l.flight, res)
	}()
	res = l.load(l.flight.ctx)
	returned = true
}

// begin reports whether the load may begin. If not, because the flight was abandoned,
// it is finished.
func (l *loader) begin(life context.Context) bool {
	if l.flights.start(l.flight) {
		return true
	}
	l.stopRenewal()
	if l.fault == nil {
		l.giveBack(life)
	}
	l.flights.finish(l.flight, result{})
	return false
}

// store puts the result in the place of the lease, or gives the lease back.
func (l *loader) store(life context.Context, res *result) {
	if res.corrupt != nil {
		l.report(EventCorrupt, l.key, l.began, res.corrupt)
	}
	payload, ttl := l.payload(res)
	if payload == nil {
		l.giveBack(life)
		return
	}
	kept, err := attempt(l.flight.values, l.request, l.gate(l.key).other, func(ctx context.Context) (bool, error) {
		return fillScript.Run(ctx, l.rdb, []string{l.key}, l.flight.hold.mark, payload, milliseconds(ttl)).Bool()
	})
	l.stored(res, kept, err)
}

// stored deals with the answer to a fill.
func (l *loader) stored(res *result, kept bool, err error) {
	switch {
	case err == nil && kept:
		return
	case err == nil || !unreachable(err):
		l.report(EventRejected, l.key, l.began, err)
	default:
		res.fault = err
	}
	if err != nil {
		l.giveBackLater()
	}
}

// giveBack takes the flight's lease out of Redis, now or, when Redis does not
// answer, as soon as it does.
func (l *loader) giveBack(life context.Context) {
	l.flights.mu.Lock()
	l.flights.disown(l.flight)
	l.flights.mu.Unlock()
	if l.release() {
		l.flights.forget(l.flight)
		return
	}
	if life.Err() == nil {
		l.giveBackLater()
	}
}

// giveBackLater does it in the background, and gives up when the lease has ended
// by itself. Until then a caller that finds the lease may replace it.
func (l *loader) giveBackLater() {
	l.flights.mu.Lock()
	l.flights.disown(l.flight)
	l.flights.mu.Unlock()
	l.background.run(l.flight.key, func(life context.Context) {
		defer l.flights.forget(l.flight)
		end := time.Now().Add(l.lease)
		for pause := probePause; !l.release() && time.Now().Before(end) && wait(life, pause); pause = min(2*pause, lastPause) {
		}
	})
}

// release reports whether Redis has answered: if so, the lease is not there.
func (l *loader) release() bool {
	_, err := attempt(l.flight.values, l.request, l.gate(l.key).other, func(ctx context.Context) (int, error) {
		return releaseScript.Run(ctx, l.rdb, []string{l.key}, l.flight.hold.mark, l.flight.hold.length()).Int()
	})
	return !unreachable(err) || errors.Is(err, redis.ErrClosed)
}

// renew keeps the lease while the load runs.
func (l *loader) renew() { l.renewal = time.AfterFunc(max(1, l.lease/3), l.keepRenewing) }

func (l *loader) stopRenewal() {
	if l.renewal != nil {
		l.renewal.Stop()
	}
}

func (l *loader) keepRenewing() {
	tick := time.NewTicker(max(1, l.lease/3))
	defer tick.Stop()
	for {
		held, err := attempt(l.flight.ctx, l.request, l.gate(l.key).other, func(ctx context.Context) (bool, error) {
			return renewScript.Run(ctx, l.rdb, []string{l.key},
				l.flight.hold.mark, milliseconds(l.lease), l.flight.hold.tag(l.lease)).Bool()
		})
		if err == nil && !held {
			return
		}
		select {
		case <-l.flight.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// payload returns what to store for a result, and for how long; nil for nothing.
func (l *loader) payload(res *result) ([]byte, time.Duration) {
	switch {
	case l.notFound != nil && (res.leftOut || errors.Is(res.err, l.notFound)):
		return []byte(absence), l.notFoundTTL
	case res.raw == nil || res.ttl <= 0:
		return nil, 0
	}
	return res.raw, l.shorten(res.ttl) + l.stale
}
