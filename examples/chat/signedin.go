package main

import (
	"context"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/session"
)

// sessionData is what a session remembers.
type sessionData struct {
	UserID int64 `json:"userId"`
}

var errNotSignedIn = &keryx.Error{Type: fault.ConnectionSessionNotFound, Message: "Session not found"}

// signedIn is middleware for actions that are for users only.
func signedIn(next keryx.Handler) keryx.Handler {
	return func(ctx context.Context, call *keryx.Call) (any, error) {
		id, err := sessionUser(ctx)
		if err != nil {
			return nil, err
		}
		if id == 0 {
			return nil, errNotSignedIn
		}
		return next(context.WithValue(ctx, userKey{}, id), call)
	}
}

// sessionUser returns the id of the user whose session it is, or 0.
func sessionUser(ctx context.Context) (int64, error) {
	data, _, err := session.Data[sessionData](ctx)
	return data.UserID, err
}

type userKey struct{}

// currentID returns the id of the user who runs an action that is for users only.
func currentID(ctx context.Context) int64 {
	id, _ := ctx.Value(userKey{}).(int64)
	return id
}
