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

	values context.Context // of the caller who began it, without its end
	ctx    context.Context // of the load
	cancel context.CancelCauseFunc

	done   chan struct{}
	result result // readable once done is closed

	awaited map[*flight]int // the flights that its load waits for; see nesting

	// The rest is guarded by client.mu.

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

// join adds a waiter. The caller holds client.mu.
func (f *flight) join() {
	f.waiters++
	if f.ending != nil {
		f.ending.Stop()
		f.ending = nil
	}
}

// leave takes a waiter from f. The load goes on for a time without any.
func (r *request) leave(f *flight) {
	r.mu.Lock()
	f.waiters--
	alone := f.waiters == 0 && !f.over()
	if alone && !f.foreign && !f.pending && f.keep > atOnce {
		f.ending = time.AfterFunc(f.keep, func() { r.abandon(f) })
		alone = false
	}
	r.mu.Unlock()
	if alone {
		r.abandon(f)
	}
}

// abandon cancels f, unless it has a waiter again. No caller joins it after that. A
// lease is given back.
func (r *request) abandon(f *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.waiters > 0 || f.over() {
		return
	}
	f.abandoned = true
	f.cancel(errAbandoned)
	r.drop(f)
	if f.foreign || f.token == "" || f.orphan {
		return
	}
	r.disown(f)
	if !f.pending {
		r.background.run(f.key, func(life context.Context) { r.giveBack(life, f) })
	}
}

// start begins the load of f, unless it was abandoned.
func (c *client) start(f *flight) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.pending = false
	return !f.abandoned
}

// wasAbandoned reports whether f was cancelled because it had no waiters.
func (c *client) wasAbandoned(f *flight) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return f.abandoned
}

// finish hands the result to the waiters.
func (c *client) finish(f *flight, res result) {
	c.mu.Lock()
	c.drop(f)
	f.result = res
	close(f.done)
	if f.ending != nil {
		f.ending.Stop()
	}
	c.mu.Unlock()
	f.cancel(nil)
}

// drop takes f out of the maps, unless its lease still has to be known. The
// caller holds c.mu.
func (c *client) drop(f *flight) {
	if c.byKey[f.key] == f {
		delete(c.byKey, f.key)
	}
	if c.unleased[f.key] == f {
		delete(c.unleased, f.key)
	}
	if c.byToken[f.token] == f && !f.orphan {
		delete(c.byToken, f.token)
	}
}

// queue waits until no other load of the key runs without a lease. There may be
// one at a time and a next one, which any caller that comes meanwhile can join: so a Redis that takes no writes has one load of a key in a process at
// once, and callers after a DEL have one that began after it. queue reports false
// if f is asked for by the load it would have to wait for.
func (c *client) queue(f *flight) bool {
	for {
		c.mu.Lock()
		running := c.unleased[f.key]
		if running == nil {
			c.unleased[f.key] = f
		}
		c.mu.Unlock()
		switch {
		case running == nil:
			return true
		case !awaits(f.values, running):
			return false
		}
		select {
		case <-running.done:
			awaitsNoMore(f.values, running)
		case <-f.ctx.Done():
			awaitsNoMore(f.values, running)
			return true
		}
	}
}

// disown lets any caller that finds the lease of f replace it: the lease is on its
// way out of Redis. The caller holds c.mu.
func (c *client) disown(f *flight) {
	f.orphan = true
	if f.token != "" {
		c.byToken[f.token] = f
	}
}

// forget takes note that the lease of f is not in Redis.
func (c *client) forget(f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byToken[f.token] == f {
		delete(c.byToken, f.token)
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
