package action

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/action/input"
	"github.com/keryx-go/keryx/fault"
)

// act runs the action for Go code, without encoding the result.
func (e *Entry) act(ctx context.Context, params any) (any, *fault.Error) {
	return e.await(ctx, func(ctx context.Context) (any, error) {
		values, err := input.Values(params)
		if err != nil {
			return nil, &fault.Error{Type: fault.ConnectionActionParamFormatting, Message: err.Error(), Err: err}
		}
		return e.call(ctx, values)
	})
}

// call binds the parameters and runs the action in its middleware.
func (e *Entry) call(ctx context.Context, params Params) (any, error) {
	in, err := e.bind(ctx, params)
	if err != nil {
		return nil, err
	}
	return e.chain()(ctx, &Call{Action: e, Input: in})
}

// await runs work in a goroutine of its own and returns as soon as there is an
// outcome. Work that does not heed its context is left to end by itself.
func (e *Entry) await(ctx context.Context, work work) (any, *fault.Error) {
	type outcome struct {
		result any
		err    *fault.Error
	}
	done := make(chan outcome, 1)
	go e.watch(ctx, time.Now(), work, func(result any, err *fault.Error, _ bool) { done <- outcome{result, err} })
	o := <-done
	return o.result, o.err
}

type (
	work    func(context.Context) (any, error)
	deliver func(result any, err *fault.Error, early bool)
)

// watch runs work in this goroutine, under the action's timeout from start on, and
// delivers its outcome once. A panic or a Goexit is an error like any other. When the
// time is over or the caller gone before work is done, that is the outcome; it
// is delivered early, from another goroutine, while work still runs. For a
// caller that is gone already, work does not begin.
func (e *Entry) watch(ctx context.Context, start time.Time, work work, deliver deliver) {
	if err := ctx.Err(); err != nil {
		deliver(nil, e.failed(ctx, err), false)
		return
	}
	e.running.Add(1)
	defer e.running.Add(-1)
	var once claim
	once.sent.Add(1)
	r := newRunContext(ctx, e.young, start, e.timeout, e.expired, func(ctx context.Context) {
		once.early(func() { deliver(nil, e.failed(ctx, ctx.Err()), true) })
	})
	defer r.end()
	result, err := e.protect(r, work, func(err *fault.Error) {
		once.early(func() { deliver(nil, err, true) })
	})
	if once.take() {
		deliver(result, err, false)
	} else {
		e.discard(result)
	}
}

// protect runs work and makes an error of a panic. A Goexit cannot be stopped:
// exited is called on the way out, and nothing after protect.
func (e *Entry) protect(ctx context.Context, work work, exited func(*fault.Error)) (result any, failure *fault.Error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if r := recover(); r != nil {
			result, failure = nil, e.panicked(r)
			return
		}
		exited(&fault.Error{Type: fault.ConnectionServerError, Message: fault.Hidden, Err: errExited, Trace: string(debug.Stack())})
	}()
	result, err := work(ctx)
	if err != nil {
		result, failure = nil, e.failed(ctx, err) // the methods of the app's error may panic, too
	}
	returned = true
	return result, failure
}

// claim is held by whoever delivers.
type claim struct {
	taken atomic.Bool
	sent  sync.WaitGroup
}

// early delivers unless it has been done. Until that has ended, take waits, so
// that work's goroutine does not go on with what deliver uses.
func (c *claim) early(deliver func()) {
	if c.taken.CompareAndSwap(false, true) {
		defer c.sent.Done()
		deliver()
	}
}

// take tells whether there is still something to deliver.
func (c *claim) take() bool {
	if c.taken.CompareAndSwap(false, true) {
		return true
	}
	c.sent.Wait() // not a mutex: testing/synctest cannot see through one
	return false
}

var errExited = errors.New("the action called runtime.Goexit")

func (e *Entry) panicked(value any) *fault.Error {
	err := fault.Internal(fmt.Errorf("panic: %v", value))
	err.Trace = string(debug.Stack())
	return fault.From(err, e.registry.options.HideInternals)
}

// failed gives an error the type that tells the client why: the time that ran
// out, the caller that left, or what the action says itself.
func (e *Entry) failed(ctx context.Context, err error) *fault.Error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		var expired *fault.Error
		switch {
		case errors.As(context.Cause(ctx), &expired):
			return fault.From(expired, e.registry.options.HideInternals)
		case errors.Is(err, context.DeadlineExceeded):
			message := fmt.Sprintf("Action '%s' ran out of the time its caller had", e.Name)
			return &fault.Error{Type: fault.ConnectionActionTimeout, Message: message, Err: err}
		}
		return &fault.Error{Type: fault.ConnectionActionRun, Message: "The caller went away", Status: 499, Err: err}
	}
	return fault.From(err, e.registry.options.HideInternals)
}
