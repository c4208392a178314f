package keryx

import (
	"context"

	"github.com/keryx-go/keryx/part"
)

// Initializer makes a part of an app from a pair of functions:
//
//	api.Use(keryx.Initializer{Name: "seed", DependsOn: []string{"migrations"}, Start: seed}.Part(api))
//
// A package that brings a part to other apps implements [Part] itself.
type Initializer struct {
	// Name identifies the part. Required.
	Name string
	// DependsOn names the parts that start before it.
	DependsOn []string
	// Serves marks a part that answers clients: it starts with `start`, and not
	// when an action is run from the command line.
	Serves bool
	// Start brings the part up; it must return when ctx ends. Nil does nothing.
	Start func(ctx context.Context, api *API) error
	// Stop takes the part down. It is called once for each Start that succeeded.
	// Nil does nothing.
	Stop func(ctx context.Context, api *API) error
}

// Part returns the part, which calls the functions with api.
func (i Initializer) Part(api *API) Part { return &initialized{i, api} }

// initialized is the part of an Initializer.
type initialized struct {
	initializer Initializer
	api         *API
}

var _ part.Server = (*initialized)(nil)

func (i *initialized) Name() string        { return i.initializer.Name }
func (i *initialized) DependsOn() []string { return i.initializer.DependsOn }
func (i *initialized) Serves() bool        { return i.initializer.Serves }

func (i *initialized) Start(ctx context.Context) error { return i.call(ctx, i.initializer.Start) }
func (i *initialized) Stop(ctx context.Context) error  { return i.call(ctx, i.initializer.Stop) }

func (i *initialized) call(ctx context.Context, f func(context.Context, *API) error) error {
	if f == nil {
		return nil
	}
	return f(ctx, i.api)
}
