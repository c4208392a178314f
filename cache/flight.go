package cache

import (
	"context"
	"errors"
	"time"
)

// errAbandoned is the cause with which a load is cancelled.
var errAbandoned = errors.New("cache: every caller that waited for the load has left")

// flight is one load, or one wait for the load of another process, and the
// callers of this process that wait for it.
type flight struct {
	key     string
	token   string        // of its lease; "" if it has none
	foreign bool          // the lease and the load are another process's
	hold    hold          // what the flight keeps in Redis
	keep    time.Duration // how long the load goes on without waiters

	values context.Context // of the caller that began it, without its end
	ctx    context.Context // of the load
	cancel context.CancelCauseFunc

	done   chan struct{}
	result result // readable once done is closed

	awaited map[*flight]int // the flights that its load waits for; see nesting

	// The rest is guarded by flights.mu.

	waiters   int
	abandoned bool        // it was cancelled because it had no waiters
	ending    *time.Timer // abandons it, while it has no waiters
	pending   bool        // the load has not begun
	orphan    bool        // the lease is on its way out of Redis: a caller that finds it there may replace it
}

// result is what a flight brought: a value (raw, or value with corrupt if it
// cannot be encoded), the end of load (err, panic), or a new look at Redis (next).
type result struct {
	raw     []byte // the value, encoded
	value   any    // the value, for one caller only unless it has no encoding
	corrupt error  // why the value has no encoding
	err     error
	panic   *PanicError
	next    *entry
	leftOut bool          // the load of many keys has no value for this one
	ttl     time.Duration // how long raw may be kept; 0: not at all
	fault   error         // why Redis could not be used
}

// newFlight returns a flight with the caller as its first waiter.
func newFlight(ctx context.Context, key, token string) *flight {
	f := &flight{key: key, token: token, done: make(chan struct{}), waiters: 1}
	f.values = context.WithoutCancel(ctx)
	f.ctx, f.cancel = context.WithCancelCause(enclose(f.values, f))
	return f
}

// join adds a waiter. The caller holds flights.mu.
func (f *flight) join() {
	f.waiters++
	if f.ending != nil {
		f.ending.Stop()
		f.ending = nil
	}
}

// over reports whether f has its result.
func (f *flight) over() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// reaches reports whether the load of f waits for target, or is it. The caller holds
// the lock of nesting.
func (f *flight) reaches(target *flight, seen map[*flight]bool) bool {
	if f == target {
		return true
	}
	if seen[f] {
		return false
	}
	seen[f] = true
	for next := range f.awaited {
		if next.reaches(target, seen) {
			return true
		}
	}
	return false
}
