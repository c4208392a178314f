package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// windows are the deadlines of the operations of a client.
type windows struct {
	current atomic.Pointer[window] // which operations that begin now share

	mu   sync.Mutex
	open map[*window]struct{} // in which operations may be under way
}

// window is a deadline that operations share which begin shortly after one
// another: a timer for each would be most of what a hit costs beyond its GET.
// An operation may have up to a twentieth less than its budget for it.
type window struct {
	budget   time.Duration
	closes   time.Time // what begins later needs another window
	deadline time.Time
	done     chan struct{}
}

// at returns the window of an operation that begins now.
func (all *windows) at(now time.Time, budget time.Duration) *window {
	if w := all.current.Load(); w != nil && w.budget == budget && !now.After(w.closes) {
		return w
	}
	w := &window{budget: budget, closes: now.Add(budget / 20), deadline: now.Add(budget), done: make(chan struct{})}
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.open == nil {
		all.open = map[*window]struct{}{}
	}
	all.open[w] = struct{}{}
	all.current.Store(w)
	time.AfterFunc(budget, func() { all.end(w) })
	return w
}

// end ends the operations of a window.
func (all *windows) end(w *window) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if _, open := all.open[w]; open {
		delete(all.open, w)
		close(w.done)
	}
}

// endAll ends all operations.
func (all *windows) endAll() {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.current.Store(nil)
	for w := range all.open {
		close(w.done)
	}
	clear(all.open)
}

// bound returns ctx with the deadline of the budget, unless ctx's is earlier.
func (all *windows) bound(ctx context.Context, budget time.Duration, now time.Time) context.Context {
	w := all.at(now, budget)
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

// attempt runs one operation of a load, which waits at a gate, within the budget, if
// Redis answers at the time, and tells the breaker how it went.
func attempt[T any](ctx context.Context, r *request, gate *semaphore.Weighted, op func(context.Context) (T, error)) (T, error) {
	var none T
	c := r.client
	now, err := pass(ctx, gate, time.Now())
	if err != nil {
		return none, err
	}
	defer gate.Release(1)
	b := c.breaker(r.key)
	if b.open.Load() {
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
