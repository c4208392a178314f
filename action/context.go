package action

import (
	"context"
	"sync"
	"time"
)

// grace is how long a run goes on before somebody watches it. A caller that
// leaves earlier is noticed then.
const grace = 5 * time.Millisecond

// runContext is the context of one run: the caller's, with the deadline of the
// action. It does what [context.WithTimeoutCause] and [context.AfterFunc] would,
// for a third of their time: since most runs are over within the grace, only
// the others are registered with the caller's context.
type runContext struct {
	context.Context // the caller's

	deadline time.Time             // of the action; zero: none
	expired  error                 // the cause of its end
	ended    func(context.Context) // called when the deadline has passed or the caller is gone

	mu        sync.Mutex
	timer     *time.Timer
	unhook    func() bool // from the caller's context
	done      chan struct{}
	err       error
	cause     context.Context // has the cause of err, where that is not err
	callbacks map[*func()]struct{}
}

// newRunContext returns the context of a run that begins now. Its end must be
// called when the run is over. ended may be called in another goroutine until
// then, and once after it.
func newRunContext(caller context.Context, timeout time.Duration, expired error, ended func(context.Context)) *runContext {
	r := &runContext{Context: caller, expired: expired, ended: ended}
	first := grace
	if timeout > 0 {
		r.deadline = time.Now().Add(timeout)
		first = min(first, timeout)
	}
	r.mu.Lock()
	r.timer = time.AfterFunc(first, r.tick)
	r.mu.Unlock()
	return r
}

// tick runs after the grace, and again at the deadline.
func (r *runContext) tick() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	if !r.deadline.IsZero() {
		left := time.Until(r.deadline)
		if left <= 0 {
			r.cancel(context.DeadlineExceeded, r.expired)
			go r.ended(r)
			return
		}
		r.timer.Reset(left)
	}
	if r.unhook == nil {
		r.unhook = context.AfterFunc(r.Context, r.abandon)
	}
}

// abandon ends the run of a caller that is gone.
func (r *runContext) abandon() {
	r.mu.Lock()
	r.cancel(r.Context.Err(), context.Cause(r.Context))
	r.mu.Unlock()
	r.ended(r)
}

// end ends the context with its run.
func (r *runContext) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cancel(context.Canceled, context.Canceled)
}

// cancel ends the context, unless it has ended. The caller holds the lock.
func (r *runContext) cancel(err, cause error) {
	if r.err != nil {
		return
	}
	r.err = err
	if cause != err {
		ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context))
		cancel(cause)
		r.cause = ctx
	}
	r.timer.Stop()
	if r.unhook != nil {
		r.unhook()
	}
	if r.done != nil {
		close(r.done)
	}
	for f := range r.callbacks {
		go (*f)()
	}
	r.callbacks = nil
}

// Deadline returns the earlier one of the action's and the caller's.
func (r *runContext) Deadline() (time.Time, bool) {
	d, ok := r.Context.Deadline()
	if !r.deadline.IsZero() && (!ok || r.deadline.Before(d)) {
		return r.deadline, true
	}
	return d, ok
}

func (r *runContext) Done() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done == nil {
		r.done = make(chan struct{})
		if r.err != nil {
			close(r.done)
		}
	}
	return r.done
}

func (r *runContext) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		if err := r.Context.Err(); err != nil {
			r.cancel(err, context.Cause(r.Context))
		}
	}
	return r.err
}

// Value returns the caller's. When the context has ended, [context.Cause] finds
// the cause through it.
func (r *runContext) Value(key any) any {
	r.mu.Lock()
	cause := r.cause
	r.mu.Unlock()
	if cause != nil {
		return cause.Value(key)
	}
	return r.Context.Value(key)
}

// AfterFunc is what package context looks for in contexts not its own: with it
// a context that is derived from this one needs no goroutine.
func (r *runContext) AfterFunc(f func()) (stop func() bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		go f()
		return func() bool { return false }
	}
	if r.callbacks == nil {
		r.callbacks = map[*func()]struct{}{}
	}
	r.callbacks[&f] = struct{}{}
	return func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		_, waiting := r.callbacks[&f]
		delete(r.callbacks, &f)
		return waiting
	}
}
