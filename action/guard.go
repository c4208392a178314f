package action

import (
	"context"
	"reflect"
	"slices"
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
}

// Describe says in lists of actions and in documents what a middleware asks of
// callers. The middleware calls it while it wraps, with the handler that it wraps:
//
//	func Require(next action.Handler) action.Handler {
//		action.Describe(next, action.Guard{Name: "login", Login: true})
//		return func(ctx context.Context, call *action.Call) (any, error) { … }
//	}
//
// Each middleware of an action is put around a handler of [Entry.Guards] once,
// which takes the description; around any other handler Describe does nothing.
func Describe(next Handler, g Guard) {
	if reflect.ValueOf(next).Pointer() == collectorCode {
		_, _ = next(context.Background(), &Call{Input: g}) // the collector always returns nil
	}
}

// newCollector returns a handler that collects the guards that Describe hands to it
// as the input of a call. All collectors share the code at collectorCode, by which
// Describe knows them.
func newCollector(to *[]Guard) Handler {
	return func(_ context.Context, call *Call) (any, error) {
		*to = append(*to, call.Input.(Guard))
		return nil, nil
	}
}

var collectorCode = reflect.ValueOf(newCollector(nil)).Pointer()

// Guards returns what the middleware around the action asks of callers, outermost
// first: that of the registry, of its groups, and its own. Middleware that does not
// call [Describe] is not in it.
func (e *Entry) Guards() []Guard {
	var guards []Guard
	collect := newCollector(&guards)
	for _, m := range slices.Concat(e.registry.middlewareNow(), e.Middleware) {
		m(collect)
	}
	return guards
}
