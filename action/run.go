package action

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// outcome is what a run came to.
type outcome struct {
	result any
	err    *Error
}

// act binds the parameters and runs the action, without encoding the result.
func (e *Entry) act(ctx context.Context, params Params) (any, *Error) {
	return e.guard(ctx, func(ctx context.Context) (any, error) {
		in, err := e.bind(ctx, params)
		if err != nil {
			return nil, err
		}
		return e.chain()(ctx, &Call{Action: e, Input: in})
	})
}

// guard runs work under the action's timeout and returns as soon as it is
// done, its time is over, or the caller is gone: work that does not heed its
// context is left to end by itself. It has its own goroutine for that; a panic
// or a Goexit in it is an error like any other.
func (e *Entry) guard(ctx context.Context, work func(context.Context) (any, error)) (any, *Error) {
	if e.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, e.timeout, e.expired)
		defer cancel()
	}
	done := make(chan outcome, 1)
	e.running.Add(1)
	go func() {
		o := outcome{err: &Error{Type: ConnectionServerError, Message: hidden, Err: errExited}}
		defer func() {
			if r := recover(); r != nil {
				o = outcome{err: e.panicked(r)}
			}
			e.running.Add(-1)
			done <- o
		}()
		result, err := work(ctx)
		o = outcome{result: result}
		if err != nil {
			o = outcome{err: e.failed(ctx, err)}
		}
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
		return nil, e.failed(ctx, ctx.Err())
	}
}

var errExited = errors.New("the action called runtime.Goexit")

func (e *Entry) panicked(value any) *Error {
	message := hidden
	if !e.registry.options.HideInternals {
		message = fmt.Sprintf("panic: %v", value)
	}
	return &Error{
		Type: ConnectionServerError, Message: message,
		Err: fmt.Errorf("panic: %v", value), stack: string(debug.Stack()),
	}
}

// failed gives an error the type that tells the client why: the time that ran
// out, the caller that left, or what the action says itself.
func (e *Entry) failed(ctx context.Context, err error) *Error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		var expired *Error
		if errors.As(context.Cause(ctx), &expired) {
			return expired
		}
		return &Error{Type: ConnectionActionRun, Message: "The caller went away", Status: 499, Err: err}
	}
	return wrap(err, e.registry.options.HideInternals)
}
