package cli

import (
	"context"
	"fmt"

	"github.com/keryx-go/keryx/action"
)

// printStream collects a stream and writes it as one result. When the command
// is interrupted, which is the way out of a stream without end, it writes what
// has come until then.
func (p *program) printStream(ctx context.Context, run *action.StreamRun) error {
	run.IncludeStack = p.IncludeStack
	encoded, err := run.Collect(ctx)
	switch {
	case err == nil:
		return p.printLine(encoded)
	case encoded == nil:
		return p.printError(err)
	}
	fmt.Fprintln(p.Stderr, "interrupted: the result is what had come until then")
	if err := p.printLine(encoded); err != nil {
		return err
	}
	return errPrinted
}
