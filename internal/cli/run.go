package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// runner runs actions.
type runner struct {
	host   Host
	params *paramReader
	out    *printer
}

// run starts the app, runs an action with the parameters of its flags, as the given
// caller or, with nil, an anonymous one, prints the result at once, and stops the app.
func (r *runner) run(ctx context.Context, e *action.Entry, flags []*flag, as *Caller) error {
	params, err := r.params.read(ctx, flags)
	if err != nil {
		return r.refused(err)
	}
	started := false
	var told error
	err = r.start(ctx, func(ctx context.Context) error {
		started = true
		ctx = connection.With(ctx, &connection.Connection{Transport: connection.CLI})
		ctx, unknown := as.attach(ctx, r.host)
		if unknown != nil {
			told = r.out.fault(fault.From(unknown, false))
			return nil
		}
		response, err := e.Serve(ctx, params)
		if err == nil && response.Stream != nil {
			told = r.out.stream(ctx, response.Stream)
			return nil
		}
		told = r.out.result(e, response, err)
		return nil
	})
	switch {
	case err == nil:
		return told
	case !started:
		fmt.Fprintln(r.out.stderr, err)
		return r.out.fault(bootError(err))
	}
	return err
}

// refused prints an error of the parameters if it is for the wire.
func (r *runner) refused(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return r.out.fault(f)
	}
	return err
}

func (r *runner) start(ctx context.Context, do func(context.Context) error) error {
	if r.host == nil {
		return do(ctx)
	}
	return r.host.Run(ctx, do)
}

// bootError returns the error of an app that does not start, for the wire.
func bootError(err error) *fault.Error {
	var e *fault.Error
	if errors.As(err, &e) {
		return e
	}
	return &fault.Error{Type: fault.ServerInitialization, Message: err.Error(), Err: err}
}
