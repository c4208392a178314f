package keryx

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/lifecycle"
)

// Initializer is a part of an app that starts and stops with it. The parts
// that come with the framework are initializers too: "redis", "database",
// "migrations" and "web".
type Initializer struct {
	// Name identifies the initializer. Required.
	Name string
	// DependsOn names the initializers that must have started before.
	DependsOn []string
	// Serves marks what answers clients: it starts with `start`, and not when
	// an action is run from the command line.
	Serves bool
	// Start brings the part up; it must return when ctx ends. Nil does
	// nothing.
	Start func(ctx context.Context, api *API) error
	// Stop takes the part down. It is called once for each Start that
	// succeeded. Nil does nothing.
	Stop func(ctx context.Context, api *API) error
}

// Use adds initializers of the app's own. Call it before Start. One with the
// name of another replaces it, so that a built-in one can be exchanged.
func (api *API) Use(initializers ...Initializer) {
	for _, added := range initializers {
		i := slices.IndexFunc(api.initializers, func(known Initializer) bool { return known.Name == added.Name })
		if i >= 0 && added.Name != "" {
			api.initializers[i] = added
			continue
		}
		api.initializers = append(api.initializers, added)
	}
}

// Start starts everything: connections, then what depends on them, then the
// servers. What had started is stopped again when something fails; the error
// says what to do. It may be called again after Stop.
func (api *API) Start(ctx context.Context) error { return api.start(ctx, true) }

// Stop drains the servers, waits for the actions that run, and closes the
// connections. It takes no longer than PROCESS_SHUTDOWN_TIMEOUT and names
// what would not stop. Stopping an app that does not run does nothing.
func (api *API) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, api.Config.Process.ShutdownTimeout,
		errors.New("PROCESS_SHUTDOWN_TIMEOUT has passed"))
	defer cancel()
	return api.group.Stop(ctx)
}

// Restart stops the app and starts it again.
func (api *API) Restart(ctx context.Context) error {
	if err := api.Stop(ctx); err != nil {
		return err
	}
	return api.Start(ctx)
}

func (api *API) start(ctx context.Context, serve bool) error {
	if api.bootErr != nil {
		return api.bootErr
	}
	steps := api.bootSteps(serve)
	err := api.group.Start(ctx, steps)
	if err == nil && serve {
		api.announce(steps)
	}
	return plainly(err)
}

// bootSteps returns the initializers in the order that is preferred: what serves comes
// last, so that nobody is served before an app is ready.
func (api *API) bootSteps(serve bool) []lifecycle.Step {
	var first, last []lifecycle.Step
	for _, i := range api.initializers {
		step := lifecycle.Step{Name: i.Name, DependsOn: i.DependsOn, Start: api.bound(i.Start), Stop: api.bound(i.Stop)}
		switch {
		case !i.Serves:
			first = append(first, step)
		case serve:
			last = append(last, step)
		}
	}
	return append(first, last...)
}

// plainly leaves out which initializer failed where the error tells as much:
// "cannot connect to redis (…)".
func plainly(err error) error {
	var failed *lifecycle.Error
	if errors.As(err, &failed) && failed.Stop == nil && strings.HasPrefix(failed.Err.Error(), "cannot ") {
		return failed.Err
	}
	return err
}

func (api *API) bound(f func(context.Context, *API) error) func(context.Context) error {
	if f == nil {
		return nil
	}
	return func(ctx context.Context) error { return f(ctx, api) }
}

// graph draws the initializers in their order, each with what it waited for:
// "redis, database, migrations (database), web (redis, migrations)".
func graph(steps []lifecycle.Step) string {
	ordered, err := lifecycle.Order(steps)
	if err != nil {
		return err.Error()
	}
	parts := make([]string, len(ordered))
	for i, s := range ordered {
		parts[i] = s.Name
		if len(s.DependsOn) > 0 {
			parts[i] += " (" + strings.Join(s.DependsOn, ", ") + ")"
		}
	}
	return strings.Join(parts, " → ")
}
