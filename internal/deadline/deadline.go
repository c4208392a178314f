// Package deadline says whether a context is over.
package deadline

import (
	"context"
	"time"
)

// Err returns the error of ctx, and [context.DeadlineExceeded] also in the moment
// between its deadline and its end. A connection whose read has the context's deadline
// fails in that moment: its error says nothing about the server then.
func Err(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d, ok := ctx.Deadline(); ok && !time.Now().Before(d) {
		return context.DeadlineExceeded
	}
	return nil
}
