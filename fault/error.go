// Package fault has the error that clients see. Every transport sends it in the
// same form, and every package of the framework returns it:
//
//	return nil, fault.NotFound("there is no user %d", id)
//
// [From] makes one of any error, and [Error.Body] encodes it. An app uses the
// package under the names of the root: keryx.Error, keryx.NotFound and so on.
package fault

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Hidden is the message that clients get in place of one that would tell them
// about the inside of the server.
const Hidden = "Internal server error"

// Error is an error as a client sees it. An action returns one to choose its
// type; any other error becomes a [ConnectionActionRun], whose message is kept
// from clients in production.
type Error struct {
	// Type decides the status. Empty means [ConnectionActionRun].
	Type Type
	// Message is for the client.
	Message string
	// Key and Value name the parameter that is to blame, if one is.
	Key   string
	Value any
	// Errors lists every parameter that failed validation; the first is in
	// Message, Key and Value too.
	Errors []FieldError
	// Details is sent to the client as JSON, for what an app wants to say beyond
	// the message. Nil is not sent.
	Details any
	// Status replaces the HTTP status of Type unless it is 0.
	Status int
	// Err is the cause. It is logged and never sent, except as part of the
	// stack where stacks are sent.
	Err error
	// Trace is the stack of the goroutine that panicked. Like Err, it is logged,
	// and sent only where stacks are sent.
	Trace string

	internal bool   // the message is hidden where internals are
	origin   *Error // of which this is a copy
}

// Error returns the message with its cause, or what is wrong with each
// parameter.
func (e *Error) Error() string {
	text := e.Message
	if len(e.Errors) > 0 {
		text = FieldErrors(e.Errors).Error()
	}
	if e.Err == nil {
		return text
	}
	cause := fmt.Sprint(e.Err) // fmt survives an Error method that panics
	if strings.Contains(text, cause) {
		return text
	}
	return text + ": " + cause
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil { // returned as an error that is not nil; see From
		return nil
	}
	return e.Err
}

// Is reports whether e is a copy of target, as [From] makes one. It makes
// [errors.Is] find an error that a package exports as a variable.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t != nil && e != nil && e.origin == t
}

// Fault returns e: an Error is a [Faulter].
func (e *Error) Fault() *Error { return e }

// HTTPStatus returns the status that answers the error over HTTP.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	return e.Type.Status()
}

// Stack returns where the error comes from: the goroutine's stack after a
// panic, else the chain of causes.
func (e *Error) Stack() string {
	if e.Trace != "" {
		return e.Trace
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Type, e.Message)
	for err := e.Err; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&b, "\n  caused by %T: %v", err, err)
	}
	return b.String()
}

// WithCause sets Err, which the log shows and clients do not see, and returns e.
func (e *Error) WithCause(err error) *Error {
	e.Err = err
	return e
}

func (e *Error) members(stack bool) members {
	m := members{Timestamp: time.Now().UnixMilli(), Key: e.Key, Value: e.Value, Errors: e.Errors, Details: e.Details}
	if stack {
		m.Stack = e.Stack()
	}
	return m
}

// AppendJSON appends the error as clients see it, an object of JSON, to b. It
// includes the stack where stack is set. Values and details that cannot be
// encoded are left out.
func (e *Error) AppendJSON(b []byte, stack bool) []byte {
	p := payload{e.Message, e.Type, e.members(stack)}
	return append(b, encode(&p, &p.members)...)
}

// Body returns the body that answers a failed request: {"error":{…}}, as
// [Error.AppendJSON] encodes it.
func (e *Error) Body(stack bool) []byte {
	return append(e.AppendJSON([]byte(`{"error":`), stack), '}')
}

// Problem returns the body that answers a failed request for a client that asks for
// [ProblemType]: the error as RFC 9457 has it, with the HTTP status that is sent. The
// type of the problem is about:blank, which is left out. The other members of the error
// object of the wire are extensions, its type under the name "code".
func (e *Error) Problem(status int, stack bool) []byte {
	p := problem{http.StatusText(status), status, e.Message, e.Type, e.members(stack)}
	return encode(&p, &p.members)
}
