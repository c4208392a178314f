package conntrack

import (
	"context"
	"time"
)

const (
	// tick is the interval between two checks of the connections, and idleChecks the
	// number of checks in a row that must find a connection idle before it is
	// closed: a quarter of a second, and longer on a busy machine, where both ticks
	// and requests are late.
	tick       = 5 * time.Millisecond
	idleChecks = 50
	// maxIdleWait is the time after which an idle connection is closed at its first
	// check: its client has ignored Connection: close.
	maxIdleWait = 5 * time.Second
)

// Drain closes the connections, each when its request is answered, or when none
// has come for a while. It returns when all are gone, or the error of ctx. Call
// it after the last Accept.
func (l *Listener) Drain(ctx context.Context) error {
	gone := l.whenGone()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	limit := maxIdleWait
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/2)
	}
	for began := time.Now(); ; {
		select {
		case <-gone:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		calls := idleChecks
		if time.Since(began) > limit {
			calls = 0
		}
		l.closeQuiet(calls)
	}
}

// whenGone returns a channel that is closed when no connection is left.
func (l *Listener) whenGone() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := make(chan struct{})
	if len(l.conns) == 0 {
		close(gone)
	} else {
		l.gone = gone
	}
	return gone
}

func (l *Listener) closeQuiet(calls int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		c.closeQuiet(calls)
	}
}
