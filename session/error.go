package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/deadline"
)

// ErrGone means that the session was there when the request loaded it, and that it
// has been destroyed or renewed elsewhere, or has expired, before it could be
// changed. Nothing was written. A client that tries again does so with the
// session it has then, or with none.
var ErrGone error = &fault.Error{
	Type: fault.ConnectionSessionNotFound, Message: "the session has ended in the meantime; try again",
}

// ErrNoStore means that the context is not one of [Store.Attach]: that a transport
// knows no sessions, or that it is not the context of an action.
var ErrNoStore error = fault.Internal(errors.New("the context carries no session: use that of the action, or one of session.Store.Attach"))

var (
	// errMoved says that the session has got another id just now.
	errMoved = errors.New("the session has another id")
	errBusy  = fault.Internal(errors.New("the session kept changing while it was changed; a change must not change the session otherwise"))
)

// failed is the error of something that Redis did not do.
func failed(ctx context.Context, what string, err error) error {
	if end := deadline.Err(ctx); end != nil {
		err = end // the client may call it a timeout of its own
	}
	return fault.Internal(fmt.Errorf("cannot %s: %w", what, err))
}
