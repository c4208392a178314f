package action

import (
	"context"
	"reflect"

	"github.com/keryx-go/keryx/fault"
)

// Guard describes a middleware that does not let every caller through, for lists
// and documents.
type Guard struct {
	// Name says what is asked of a caller, in a word or two: "login",
	// "scope orders:write".
	Name string
	// Login reports whether the caller must be known.
	Login bool
	// Scopes are the scopes that the caller must have, all of them.
	Scopes []string
	// Roles are the roles of which the caller must have one.
	Roles []string
	// Limit reports whether a caller who comes too often is refused.
	Limit bool
	// Proof reports whether the caller must prove something else than an identity,
	// such as a secret by a signature.
	Proof bool
	// Errors are the types of errors of the middleware, for documents, beside those that
	// the fields above imply: none are seen by a caller whom it lets through.
	Errors []fault.Type
}

// Describe says in lists of actions and in documents what a middleware asks of
// callers. The middleware calls it while it wraps, with the handler that it wraps:
//
//	func Require(next action.Handler) action.Handler {
//		action.Describe(next, action.Guard{Name: "login", Login: true})
//		return func(ctx context.Context, call *action.Call) (any, error) { … }
//	}
//
// [Entry.Guards] puts each middleware of an action around a handler of its own once,
// which takes the description; around any other handler Describe does nothing.
func Describe(next Handler, g Guard) {
	if reflect.ValueOf(next).Pointer() == collectCode {
		_, _ = next(context.Background(), &Call{described: &g}) // it always returns nil
	}
}

// collector takes the guards of one action.
type collector struct{ guards []Guard }

// collect is the handler that [Describe] looks for: it takes the guard of the call.
func (c *collector) collect(_ context.Context, call *Call) (any, error) {
	c.guards = append(c.guards, *call.described)
	return nil, nil
}

// collectCode is the code of every method value of collect.
var collectCode = reflect.ValueOf((&collector{}).collect).Pointer()
