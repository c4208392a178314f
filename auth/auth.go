// Package auth guards actions by who is logged in.
package auth

import (
	"context"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/session"
)

// Require is middleware that runs an action only for a caller who is logged in,
// whose session has a userId: see [session.Record.UserID]. Others get a
// [fault.ConnectionSessionNotFound]. When Redis fails, that is the error: nobody
// seems logged out because of it.
func Require(next action.Handler) action.Handler {
	return func(ctx context.Context, call *action.Call) (any, error) {
		record, err := session.From(ctx).Load(ctx)
		if err != nil {
			return nil, err
		}
		if record == nil || record.UserID() == "" {
			return nil, &fault.Error{Type: fault.ConnectionSessionNotFound, Message: "Session not found"}
		}
		return next(ctx, call)
	}
}

var _ action.Middleware = Require
