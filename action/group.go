package action

import (
	"context"
	"reflect"
	"slices"
)

// Registrar is what actions are registered with: a [*Registry], a [*Group], or an
// app.
type Registrar interface {
	// Group returns a group with more middleware. Actions that are registered with
	// it run inside of that middleware.
	Group(middleware ...Middleware) *Group
}

// Group registers actions that share middleware. Groups nest.
type Group struct {
	registry   *Registry
	middleware []Middleware
}

var (
	_ Registrar = (*Registry)(nil)
	_ Registrar = (*Group)(nil)
)

// Group returns a group of the registry. Its middleware runs inside that of the
// registry, outermost first.
func (r *Registry) Group(middleware ...Middleware) *Group {
	return &Group{r, slices.Clone(middleware)}
}

// Group returns a group within g: its middleware runs inside that of g.
func (g *Group) Group(middleware ...Middleware) *Group {
	return &Group{g.registry, slices.Concat(g.middleware, middleware)}
}

// Add registers an action: see [Registry.Add]. The action's own middleware runs
// inside that of the group.
func (g *Group) Add(a Action, in, out reflect.Type, run Handler) *Entry {
	a.Middleware = slices.Concat(g.middleware, a.Middleware)
	return g.registry.Add(a, in, out, run)
}

// Handle registers an action with its function, and returns a reference to call it.
// In must be a struct; its tags are the rules for its parameters.
//
// It panics, naming the action, when the action cannot work: no name, a name or route
// that another action has, a tag that cannot be read, a route parameter that is no
// input, an Only that names a transport which cannot reach it. It panics after
// [Registry.Freeze], too.
func Handle[In, Out any](r Registrar, a Action, run func(context.Context, In) (Out, error)) *Ref[In, Out] {
	return &Ref[In, Out]{r.Group().Add(a, reflect.TypeFor[In](), reflect.TypeFor[Out](), func(ctx context.Context, call *Call) (any, error) {
		return run(ctx, *call.Input.(*In))
	})}
}
