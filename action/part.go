package action

import (
	"context"

	"github.com/keryx-go/keryx/part"
)

// Provider is a [part.Part] that registers actions.
type Provider interface {
	part.Part
	// Actions registers the actions of the part.
	Actions(r *Registry)
}

// Wrapper is a [part.Part] that wraps every action of its app.
type Wrapper interface {
	part.Part
	// Middleware returns what goes around every action, outermost first, within the
	// middleware of parts that were added before.
	Middleware() []Middleware
}

var _ part.Part = (*Registry)(nil)

// Name returns "actions": the registry is a part of its app.
func (r *Registry) Name() string { return "actions" }

// DependsOn returns the parts that actions use: they stop when no action runs any
// more.
func (r *Registry) DependsOn() []string { return []string{"redis", "cache", "migrations"} }

// Start does nothing: actions run before it, too.
func (r *Registry) Start(context.Context) error { return nil }

// Stop is [Registry.Wait].
func (r *Registry) Stop(ctx context.Context) error { return r.Wait(ctx) }
