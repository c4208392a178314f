package cache

import (
	"context"
	"errors"
)

// errAbandoned is the cause with which a load is cancelled.
var errAbandoned = errors.New("cache: every caller that waited for the load has left")

// flight is one load, or one wait for the load of another process, and the
// callers of this process that wait for it.
type flight struct {
	key     string
	token   string  // of its lease; "" if it has none
	foreign bool    // the lease and the load are another process's
	hold    hold    // what the flight keeps in Redis
	outer   *flight // the load in which this one was asked for, if any

	values context.Context // of the caller who began it, without its end
	ctx    context.Context // of the load
	cancel context.CancelCauseFunc

	done   chan struct{}
	result result // readable once done is closed

	// The rest is guarded by client.mu.

	waiters int
	pending bool // the load has not begun
	orphan  bool // the lease is on its way out of Redis: a caller that finds it there may replace it
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
	fault   error // why Redis could not be used
}

type flightKey struct{}

// newFlight returns a flight with the caller as its first waiter.
func newFlight(ctx context.Context, key, token string) *flight {
	f := &flight{key: key, token: token, done: make(chan struct{}), waiters: 1}
	f.outer, _ = ctx.Value(flightKey{}).(*flight)
	f.values = context.WithoutCancel(ctx)
	f.ctx, f.cancel = context.WithCancelCause(context.WithValue(f.values, flightKey{}, f))
	return f
}

// encloses reports whether ctx belongs to the load of f, which would wait for
// itself if it waited for f.
func (f *flight) encloses(ctx context.Context) bool {
	inner, _ := ctx.Value(flightKey{}).(*flight)
	for inner != nil && inner != f {
		inner = inner.outer
	}
	return inner != nil
}

// leave takes a waiter from f. With the last one f is cancelled, and no caller joins
// it after that. leave reports whether f has a lease that is to be given back now.
func (c *client) leave(f *flight) (giveBack bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiters--
	if f.waiters > 0 || f.over() {
		return false
	}
	f.cancel(errAbandoned)
	c.drop(f)
	if f.foreign || f.token == "" || f.orphan {
		return false
	}
	c.disown(f)
	return !f.pending
}

// start begins the load of f, if anybody still waits for it.
func (c *client) start(f *flight) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.pending = false
	return f.waiters > 0
}

// abandoned reports whether everybody has left f.
func (c *client) abandoned(f *flight) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return f.waiters == 0
}

// finish hands the result to the waiters.
func (c *client) finish(f *flight, res result) {
	c.mu.Lock()
	c.drop(f)
	f.result = res
	close(f.done)
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
		case running.encloses(f.values):
			return false
		}
		select {
		case <-running.done:
		case <-f.ctx.Done():
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
