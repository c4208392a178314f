package cache

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// A waiter for the load of another process looks again when it has waited for
// an eighth longer, so that it has the value that much later than it could; but
// no sooner than after minPoll, and no later than after maxPoll.
const (
	minPoll = 2 * time.Millisecond
	maxPoll = 50 * time.Millisecond
)

// watch waits for the load of another process.
type watch struct {
	*request
	flight *flight
}

// run polls. A token never comes back, so what Redis shows in its place is newer
// than any caller's sight of it, and good for all of them.
func (w *watch) run(life context.Context) {
	f := w.flight
	defer context.AfterFunc(life, func() { f.cancel(errStopped) })()
	began, pause := time.Now(), minPoll
	for {
		select {
		case <-f.ctx.Done():
			w.flights.finish(f, result{err: stopped(f.ctx)})
			return
		case <-time.After(pause + rand.N(pause/4)):
		}
		e, err := attempt(f.ctx, w.request, w.gate(w.key).other, func(ctx context.Context) (entry, error) {
			e := look(ctx, w.rdb, w.key, false)
			return e, e.err
		})
		if err != nil {
			e = entry{state: unusable, err: err}
		}
		if e.state != leased || e.token() != f.token {
			w.flights.finish(f, result{next: &e})
			return
		}
		pause = min(max(minPoll, time.Since(began)/8), maxPoll)
	}
}

// stopped returns errStopped when that is why ctx has ended.
func stopped(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, errStopped) {
		return err
	}
	return nil
}
