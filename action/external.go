package action

import (
	"context"
	"reflect"
)

// External is code that is no action and runs in the middleware of actions, such as an
// HTTP handler that an app mounts beside them. It has a name for lists and for
// middleware, which finds it as the Name of its call's Action. Clients reach it where
// its owner says. The call has an empty input, and the path values of its source, so that
// a guard that decides by them fits an action, a channel and a mounted handler alike.
type External struct {
	entry *Entry
	chain Handler
}

// NewExternal returns an External that wraps run in middleware, outermost first. It
// panics when name is empty.
func NewExternal(name string, run func(context.Context) (any, error), middleware ...Middleware) *External {
	x := &External{
		entry: NewRegistry(Options{}).Add(
			Action{Name: name, Middleware: middleware}, reflect.TypeFor[struct{}](), nil,
			func(ctx context.Context, _ *Call) (any, error) { return run(ctx) },
		),
	}
	x.chain = x.entry.compose()
	return x
}

// Name returns the name.
func (x *External) Name() string { return x.entry.Name }

// Guards returns what the middleware asks of callers, as [Entry.Guards] does.
func (x *External) Guards() []Guard { return x.entry.Guards() }

// Run calls the function in its middleware and returns the result: that of the function,
// or of a middleware that has answered in its place. It has no timeout, logs nothing, and
// does not catch a panic. pathValue is [Call.PathValue] of the call.
func (x *External) Run(ctx context.Context, pathValue func(name string) string) (any, error) {
	return x.chain(ctx, &Call{Action: x.entry, source: pathValues(pathValue)})
}
