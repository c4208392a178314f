package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// run starts the app, runs an action, prints what came of it at once, and
// stops the app.
func (p *program) run(ctx context.Context, e *action.Entry, params action.Params) error {
	started := false
	var told error
	err := p.start(ctx, func(ctx context.Context) error {
		started = true
		ctx = connection.With(ctx, &connection.Connection{Transport: connection.CLI})
		response, err := e.Serve(ctx, params)
		if err == nil && response.Stream != nil {
			told = p.printStream(ctx, response.Stream)
			return nil
		}
		told = p.print(e, response, err)
		return nil
	})
	switch {
	case err == nil:
		return told
	case !started:
		fmt.Fprintln(p.Stderr, err)
		return p.printError(bootError(err))
	}
	return err
}

func (p *program) start(ctx context.Context, do func(context.Context) error) error {
	if p.Host == nil {
		return do(ctx)
	}
	return p.Host.Run(ctx, do)
}

// bootError is the error of an app that does not start, for the wire.
func bootError(err error) *fault.Error {
	var e *fault.Error
	if errors.As(err, &e) {
		return e
	}
	return &fault.Error{Type: fault.ServerInitialization, Message: err.Error(), Err: err}
}

// print writes the result of an action, or its error.
func (p *program) print(e *action.Entry, response *action.Response, err *fault.Error) error {
	switch {
	case err != nil:
		return p.printError(err)
	case response.HTTP != nil && blank(response.JSON):
		return p.printError(&fault.Error{
			Type:    fault.ConnectionActionRun,
			Message: fmt.Sprintf("Action '%s' answers over HTTP only: its result is an HTTP response", e.Name),
		})
	}
	return p.printLine(response.JSON)
}

// blank reports whether JSON has nothing to show.
func blank(encoded []byte) bool {
	switch string(encoded) {
	case "", "{}", "[]", "null", `""`:
		return true
	}
	return false
}

// printError writes an error of the wire. It returns an error in any case.
func (p *program) printError(err *fault.Error) error {
	if err := p.printLine(err.Body(p.IncludeStack)); err != nil {
		return err
	}
	return errPrinted
}

func (p *program) printLine(encoded []byte) error {
	if _, err := p.Stdout.Write(append(encoded, '\n')); err != nil {
		return failure{fmt.Errorf("cannot write the result: %w", err)}
	}
	return nil
}

// notFound says that there is no such action.
func (p *program) notFound(name string) error {
	told := p.printError(action.NotFound(name))
	p.suggest(closest(name, commandNames(p.root)))
	fmt.Fprintf(p.Stderr, "Run '%s --help' for the commands and actions.\n", p.Name)
	return told
}
