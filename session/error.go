package session

import "context"

// The types of package action, which stands on this one.
const (
	serverError     = "CONNECTION_SERVER_ERROR"
	sessionNotFound = "CONNECTION_SESSION_NOT_FOUND"
)

// failure is an error that knows its type on the wire.
type failure struct {
	wire, text string
	err        error
}

func (f *failure) Error() string {
	if f.err == nil {
		return f.text
	}
	return f.text + ": " + f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// ErrorType returns the type that clients see.
func (f *failure) ErrorType() string { return f.wire }

// ErrGone means that the session was there when the request loaded it, and that it
// has been destroyed or renewed elsewhere, or has expired, before it could be
// changed. Nothing was written. A client that tries again does so with the
// session it has then, or with none.
var ErrGone error = &failure{wire: sessionNotFound, text: "the session has ended in the meantime; try again"}

// ErrNoStore means that the context is not one of [Store.Attach]: that a transport
// knows no sessions, or that it is not the context of an action.
var ErrNoStore error = &failure{wire: serverError, text: "the context carries no session: use that of the action, or one of session.Store.Attach"}

var (
	errBusy = &failure{wire: serverError, text: "the session kept changing while it was changed; a change must not change the session otherwise"}
)

// failed is the error of something that Redis did not do.
func failed(ctx context.Context, what string, err error) error {
	if end := ctx.Err(); end != nil {
		err = end // the client may call it a timeout of its own
	}
	return &failure{wire: serverError, text: "cannot " + what, err: err}
}
