package action

import (
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
