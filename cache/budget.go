package cache

import (
	"context"
	"sync"
	"time"
)

// window is a deadline that operations share which begin shortly after one
// another: a timer for each would be most of what a hit costs beyond its GET.
// An operation may have up to a twentieth less than its budget for it.
type window struct {
	budget   time.Duration
	closes   time.Time // what begins later needs another window
	deadline time.Time
	done     chan struct{}
	end      func() // closes done
}

func newWindow(budget time.Duration, now time.Time) *window {
	w := &window{budget: budget, closes: now.Add(budget / 20), deadline: now.Add(budget), done: make(chan struct{})}
	w.end = sync.OnceFunc(func() { close(w.done) })
	time.AfterFunc(budget, w.end)
	return w
}

// giveUp ends what is under way to a Redis that does not answer, as far as it
// can be ended: what waits for a connection, or to try again.
func (c *client) giveUp(key string, err error) {
	if c.gatherers != nil {
		c.gatherers[c.stripe(key)].release(err)
	}
	if w := c.window.Load(); w != nil && len(c.breakers) == 1 { // others may be of servers that do answer
		c.window.CompareAndSwap(w, nil)
		w.end()
	}
}

// bound returns ctx with the deadline of the budget, unless ctx's is earlier.
func (c *client) bound(ctx context.Context, budget time.Duration, now time.Time) context.Context {
	w := c.window.Load()
	if w == nil || w.budget != budget || now.After(w.closes) {
		w = newWindow(budget, now)
		c.window.Store(w)
	}
	if d, ok := ctx.Deadline(); ok && d.Before(w.deadline) {
		return ctx
	}
	return &operation{ctx, w}
}

// operation is a caller's context with the end of a window in place of its own.
// It does not end when the caller is cancelled; see [client.read].
type operation struct {
	context.Context
	window *window
}

func (o *operation) Deadline() (time.Time, bool) { return o.window.deadline, true }
func (o *operation) Done() <-chan struct{}       { return o.window.done }

func (o *operation) Err() error {
	select {
	case <-o.window.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// attempt runs one operation of a load within the budget, if Redis answers at
// the time, and tells the breaker how it went.
func attempt[T any](ctx context.Context, r *request, op func(context.Context) (T, error)) (T, error) {
	c, now := r.client, time.Now()
	b := c.breaker(r.key)
	if b.open.Load() {
		var none T
		return none, b.refuse(c, r.rdb, r.key, r.budget, now)
	}
	v, err := within(ctx, c, r.budget, op)
	switch {
	case err == nil || !unreachable(err):
		b.succeeded(c.since(now))
	case ctx.Err() == nil:
		b.failed(c, r.rdb, r.key, r.budget, now, err)
	}
	return v, err
}

// within runs op with a timeout that holds whether or not the client's I/O heeds
// contexts.
func within[T any](ctx context.Context, c *client, timeout time.Duration, op func(context.Context) (T, error)) (T, error) {
	if !c.deadline {
		return aside(ctx, timeout, op)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return op(ctx)
}

// aside runs op in another goroutine and leaves it behind when ctx ends or the
// time is over. What is left behind ends by the timeouts of the client.
func aside[T any](ctx context.Context, timeout time.Duration, op func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	type reply struct {
		value T
		err   error
	}
	done := make(chan reply, 1)
	go func() {
		v, err := op(ctx)
		done <- reply{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
