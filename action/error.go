package action

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/keryx-go/keryx/action/input"
)

// FieldError says what is wrong with one parameter.
type FieldError = input.FieldError

// Error is an error as a client sees it. An action returns one to choose its
// type; any other error becomes a [ConnectionActionRun], whose message is kept
// from clients in production.
type Error struct {
	// Type decides the status. Empty means [ConnectionActionRun].
	Type ErrorType
	// Message is for the client.
	Message string
	// Key and Value name the parameter that is to blame, if one is.
	Key   string
	Value any
	// Errors lists every parameter that failed validation; the first is in
	// Message, Key and Value too.
	Errors []FieldError
	// Status replaces the HTTP status of Type unless it is 0.
	Status int
	// Err is the cause. It is logged and never sent, except as part of the
	// stack where stacks are sent.
	Err error

	stack string // where a panic happened
}

// Error returns the message with its cause, or what is wrong with each
// parameter.
func (e *Error) Error() string {
	text := e.Message
	if len(e.Errors) > 0 {
		text = input.Errors(e.Errors).Error()
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
func (e *Error) Unwrap() error { return e.Err }

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
	if e.stack != "" {
		return e.stack
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Type, e.Message)
	for err := e.Err; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&b, "\n  caused by %T: %v", err, err)
	}
	return b.String()
}

// Payload is the error object of the wire.
type Payload struct {
	Message   string       `json:"message"`
	Type      ErrorType    `json:"type"`
	Timestamp int64        `json:"timestamp"` // milliseconds since 1970
	Key       string       `json:"key,omitempty"`
	Value     any          `json:"value,omitempty"`
	Errors    []FieldError `json:"errors,omitempty"`
	Stack     string       `json:"stack,omitempty"`
}

// Payload returns what a client is sent, with the stack where stack is set.
func (e *Error) Payload(stack bool) Payload {
	p := Payload{
		Message: e.Message, Type: e.Type, Timestamp: time.Now().UnixMilli(),
		Key: e.Key, Value: e.Value, Errors: e.Errors,
	}
	if stack {
		p.Stack = e.Stack()
	}
	return p
}

// Invalid returns an error that blames one parameter, of the type that a
// broken rule has. An input's Check returns it, joined with others by
// [errors.Join] if need be.
func Invalid(key, message string) *Error {
	return &Error{Type: ConnectionActionParamRequired, Message: message, Key: key}
}

// NotFound returns the error for a name that no action has.
func NotFound(name string) *Error {
	message := "Action not found"
	if name != "" {
		message += ": " + name
	}
	return &Error{Type: ConnectionActionNotFound, Message: message}
}

// invalid is the error for parameters that did not bind.
func invalid(errs input.Errors) *Error {
	first := errs[0]
	return &Error{
		Type: ConnectionActionParamRequired, Message: first.Message, Key: first.Key, Value: first.Value,
		Errors: errs,
	}
}

// hidden is the message of an error whose own is no client's business.
const hidden = "Internal server error"

var errNil = errors.New("the action returned a nil *action.Error as an error that is not nil")

// wrap makes any error one that a client may see.
func wrap(err error, hideInternals bool) *Error {
	var e *Error
	if errors.As(err, &e) {
		if e == nil {
			return &Error{Type: ConnectionServerError, Message: hidden, Err: errNil}
		}
		own := *e // which the action may use again
		if own.Type == "" {
			own.Type = ConnectionActionRun
		}
		if err != error(e) { // what it is wrapped in is for the log
			own.Err = err
		}
		return &own
	}
	kind, message := ConnectionActionRun, err.Error()
	var below typed
	if errors.As(err, &below) {
		kind = ErrorType(below.ErrorType())
	}
	switch {
	case hideInternals && kind.Status() >= http.StatusInternalServerError:
		message = hidden
	case hideInternals:
		message = below.Error() // without what the app has wrapped it in
	}
	return &Error{Type: kind, Message: message, Err: err}
}

// typed is an error of a package below this one, such as session, that knows the
// type that clients are to see.
type typed interface {
	error
	ErrorType() string
}
