package keryxtest

import (
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/input"
)

// Caller calls actions: a [*Client] over HTTP, a [*Socket] over its WebSocket.
type Caller interface {
	call(e *action.Entry, params action.Params) result
	test() testing.TB
}

var (
	_ Caller = (*Client)(nil)
	_ Caller = (*Socket)(nil)
)

// result is what a [Caller] gets: a [Response] or a [Message].
type result interface {
	Decode(into any)
	Error(typ keryx.ErrorType) *keryx.Error
}

// Call calls an action as a client does, and returns its result. It ends the test when
// the result is an error.
//
// Over HTTP, parameters go where the action's route has them: into the path, and for the
// rest into the query of a GET, and into the body of other methods. The body is a
// form when there are files in it, and JSON otherwise. Fields that omitempty or omitzero
// leave out are not sent; in a query and in a form, neither is null.
func Call[In, Out any](c Caller, ref *keryx.Ref[In, Out], in In) Out {
	c.test().Helper()
	return Decode[Out](send(c, ref.Entry(), in))
}

// CallError is [Call] for an action that is to fail. It ends the test when the action
// does not fail with an error of the type, which it returns: see [Response.Error].
func CallError[In, Out any](c Caller, ref *keryx.Ref[In, Out], in In, typ keryx.ErrorType) *keryx.Error {
	c.test().Helper()
	return send(c, ref.Entry(), in).Error(typ)
}

func send(c Caller, e *action.Entry, in any) result {
	c.test().Helper()
	params, err := input.Values(in)
	if err != nil {
		c.test().Fatalf("%s: the input cannot be sent: %v", e.Name, err)
	}
	return c.call(e, params)
}

// Decode returns the result in a [Response] or a [Message]. It ends the test when that
// is an error, or no JSON of a T.
func Decode[T any](from interface{ Decode(into any) }) T {
	if h, ok := from.(interface{ test() testing.TB }); ok {
		h.test().Helper()
	}
	var value T
	from.Decode(&value)
	return value
}
