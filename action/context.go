package action

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/overdue"
)

// grace is how long a run lasts, at least, before it is registered with its
// caller's context and has a timer. Until then, and for at most twice that time,
// the end of the caller is noticed only by a call of Err.
const grace = 5 * time.Millisecond

// runContext is the context of one run: the caller's, with the deadline of the
// action. It does what [context.WithTimeoutCause] and [context.AfterFunc] would,
// for a fraction of their time: since most runs are over within the grace, only
// the others have a timer and are registered with the caller's context.
type runContext struct {
	context.Context // the caller's

	pending  *overdue.List // where item is until the run is older than the grace
	item     overdue.Item
	deadline time.Time             // of the action; zero: none
	expired  error                 // the cause of its end
	ended    func(context.Context) // called when the deadline has passed or the caller is gone

	mu        sync.Mutex
	paused    time.Time // when the clock of the action was stopped; zero: it goes
	overdue   bool      // it is older than the grace
	timer     *time.Timer
	unhook    func() bool // from the caller's context
	done      chan struct{}
	err       error
	cause     error           // of err
	causeCtx  context.Context // ended with cause; made by the first call of Value after the end
	callbacks map[*func()]struct{}
}

// newRunContext returns the context of a run that begins at start, which is now. Call
// its end when the run is over. Another goroutine may call ended until then, and once
// after it.
func newRunContext(caller context.Context, pending *overdue.List, start time.Time, timeout time.Duration,
	expired error, ended func(context.Context)) *runContext {
	r := &runContext{Context: caller, pending: pending, expired: expired, ended: ended}
	if timeout > 0 {
		r.deadline = start.Add(timeout)
	}
	if timeout <= 0 || timeout >= 2*grace {
		pending.Add(&r.item, r)
		return r
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timer = time.AfterFunc(timeout, r.expire)
	return r
}

// Overdue is called when the run is older than the grace.
func (r *runContext) Overdue() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	r.overdue = true
	if !r.deadline.IsZero() && r.paused.IsZero() {
		r.timer = time.AfterFunc(time.Until(r.deadline), r.expire)
	}
	r.unhook = context.AfterFunc(r.Context, r.abandon)
}

// pauseIf stops the action's clock if the source waits for its client. The function that
// it returns lets it go on: the deadline is later by the time in between. After an error
// of the source the clock does not go on, because that error is the outcome, also when
// the caller has left. On a nil context nothing happens.
func (r *runContext) pauseIf(waits bool) (resume func(error)) {
	if r == nil || !waits || !r.pause() {
		return func(error) {}
	}
	return func(err error) {
		if err == nil {
			r.resume()
		}
	}
}

// pause reports whether the clock went on before.
func (r *runContext) pause() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.paused.IsZero() {
		return false
	}
	r.paused = time.Now()
	if r.timer != nil {
		r.timer.Stop()
	}
	return true
}

func (r *runContext) resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	stood := time.Since(r.paused)
	r.paused = time.Time{}
	if r.deadline.IsZero() {
		return
	}
	r.deadline = r.deadline.Add(stood)
	if r.err == nil && (r.timer != nil || r.overdue) {
		r.timer = time.AfterFunc(time.Until(r.deadline), r.expire)
	}
}

// expire ends a run that has passed its deadline. A caller that was gone before
// counts: a run with a short timeout is not registered with it.
func (r *runContext) expire() {
	err, cause := context.DeadlineExceeded, r.expired
	if gone := r.Context.Err(); gone != nil {
		err, cause = gone, context.Cause(r.Context)
	}
	r.mu.Lock()
	r.cancel(err, cause)
	r.mu.Unlock()
	r.ended(r)
}

// abandon ends the run of a caller that is gone. While the parameters are read, their
// source finds out by itself, and has an error that says more.
func (r *runContext) abandon() {
	r.mu.Lock()
	reading := !r.paused.IsZero()
	r.cancel(r.Context.Err(), context.Cause(r.Context))
	r.mu.Unlock()
	if !reading {
		r.ended(r)
	}
}

// expiredBefore reports whether the action's deadline has ended the run.
func (r *runContext) expiredBefore() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err != nil && r.cause == r.expired
}

// end ends the context with its run.
func (r *runContext) end() {
	r.pending.Done(&r.item)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cancel(context.Canceled, context.Canceled)
}

// cancel ends the context, unless it has ended. The caller holds the lock.
func (r *runContext) cancel(err, cause error) {
	if r.err != nil {
		return
	}
	r.err, r.cause = err, cause
	if r.timer != nil {
		r.timer.Stop()
	}
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

// Deadline returns the earlier of the action's deadline and the caller's.
func (r *runContext) Deadline() (time.Time, bool) {
	d, ok := r.Context.Deadline()
	r.mu.Lock()
	defer r.mu.Unlock()
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
			if r.paused.IsZero() { // see abandon
				go r.ended(r) // the caller of Err may go on all the same
			}
		}
	}
	return r.err
}

// Value returns the caller's. After the end of the run [context.Cause] asks it for
// the context that has the cause; that must not be the caller's, which may have
// none or end later with another.
func (r *runContext) Value(key any) any {
	if ctx := r.afterEnd(); ctx != nil {
		return ctx.Value(key)
	}
	return r.Context.Value(key)
}

// afterEnd returns a context with the caller's values that has ended for the cause
// of the run's end, or nil before that.
func (r *runContext) afterEnd() context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil && r.causeCtx == nil {
		ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context))
		cancel(r.cause)
		r.causeCtx = ctx
	}
	return r.causeCtx
}

// AfterFunc is a method that package context looks for: with it, a context derived from
// this one needs no goroutine.
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

// Call is one run of an action, as middleware sees it. It must not be copied.
type Call struct {
	// Action is what is being run. It must not be changed.
	Action *Entry

	source    Source          // nil: the call has no input
	clock     *runContext     // stands still while the source is read; nil: there is none
	described *Guard          // of the call that Describe makes
	values    context.Context // that of the function
	mu        sync.Mutex
	params    Params // nil until the source has been read
	once      sync.Once
	input     any
	err       error
}

// Input returns a pointer to the action's input. Middleware may change what it points
// to.
//
// The first call reads the parameters, binds them and checks them; the error says what
// is wrong with them, and a caller that is refused before it has cost nothing of that.
// Later calls return the same. The action itself asks for its input at last, so that
// an error of it does not depend on middleware. Middleware that holds something while
// it calls next, such as a transaction, asks for the input first.
func (c *Call) Input(ctx context.Context) (any, error) {
	c.once.Do(func() {
		c.err = errUnread // unless this returns
		c.input, c.err = c.bind(ctx)
	})
	return c.input, c.err
}

var errUnread = fault.Internal(errors.New("the input could not be read: its check has panicked"))

func (c *Call) bind(ctx context.Context) (any, error) {
	if c.source == nil {
		return nil, fault.Internal(fmt.Errorf("the call of %s has no input", c.Action.Name))
	}
	params, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	return c.Action.bind(ctx, params)
}

// read gets the parameters from their source.
func (c *Call) read(ctx context.Context) (Params, error) {
	s, ok := c.source.(BodySource)
	resume := c.clock.pauseIf(ok && s.HasBody())
	params, err := c.source.Params(ctx)
	resume(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.params = params
	return params, err
}

// PathValue returns a parameter of the path of an HTTP request, as it was sent, or "".
// Nothing is read for it, so that middleware can decide by it who may. On other
// transports it is the parameter of that name.
func (c *Call) PathValue(name string) string {
	if s, ok := c.source.(pathSource); ok {
		return s.PathValue(name)
	}
	return ""
}

// Body returns the bytes that the parameters arrived in: the body of an HTTP request, up
// to WEB_MAX_BODY_SIZE. It is nil for other transports. It is for middleware that
// checks a signature, before the input is bound. The bytes must not be changed.
func (c *Call) Body(ctx context.Context) ([]byte, error) {
	s, ok := c.source.(BodySource)
	if !ok || !s.HasBody() {
		return nil, nil
	}
	resume := c.clock.pauseIf(true)
	body, err := s.Body(ctx)
	resume(err)
	return body, err
}

// sent returns the parameters as far as they have been read. Another goroutine may be
// reading them.
func (c *Call) sent() Params {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.params
}
