package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/suggest"
)

// printer writes results and errors of the wire to stdout, one line each, and messages
// for people to stderr.
type printer struct {
	stdout, stderr io.Writer
	includeStack   bool
}

// result writes the result of an action, or its error.
func (p *printer) result(e *action.Entry, response *action.Response, err *fault.Error) error {
	switch {
	case err != nil:
		return p.fault(err)
	case response.HTTP != nil && blank(response.JSON):
		return p.fault(&fault.Error{
			Type:    fault.ConnectionActionRun,
			Message: fmt.Sprintf("Action '%s' answers over HTTP only: its result is an HTTP response", e.Name),
		})
	}
	return p.line(response.JSON)
}

// stream collects a stream and writes it as one result. When the command is
// interrupted, which is the way to stop an endless stream, it writes the part that has
// arrived.
func (p *printer) stream(ctx context.Context, run *action.StreamRun) error {
	run.IncludeStack = p.includeStack
	encoded, err := run.Collect(ctx)
	switch {
	case err == nil:
		return p.line(encoded)
	case encoded == nil:
		return p.fault(err)
	}
	fmt.Fprintln(p.stderr, "interrupted: the result is incomplete")
	if err := p.line(encoded); err != nil {
		return err
	}
	return errPrinted
}

// fault writes an error of the wire. It never returns nil.
func (p *printer) fault(err *fault.Error) error {
	if err := p.line(err.Body(p.includeStack)); err != nil {
		return err
	}
	return errPrinted
}

// notFound writes the error for the name of an action that does not exist.
func (p *printer) notFound(root *cobra.Command, name string) error {
	err := p.fault(action.NotFound(name))
	p.suggest(suggest.Closest(name, commandNames(root)))
	fmt.Fprintf(p.stderr, "Run '%s --help' for the commands and actions.\n", root.Name())
	return err
}

func (p *printer) suggest(names []string) {
	if len(names) > 0 {
		fmt.Fprintf(p.stderr, "Did you mean %s?\n", strings.Join(names, " or "))
	}
}

func (p *printer) line(encoded []byte) error {
	if _, err := p.stdout.Write(append(encoded, '\n')); err != nil {
		return failure{fmt.Errorf("cannot write the result: %w", err)}
	}
	return nil
}

// blank reports whether the JSON is an empty value.
func blank(encoded []byte) bool {
	switch string(encoded) {
	case "", "{}", "[]", "null", `""`:
		return true
	}
	return false
}
