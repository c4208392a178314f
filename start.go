package keryx

import (
	"context"
	"errors"
	"strings"

	"github.com/keryx-go/keryx/internal/lifecycle"
)

// Start starts all parts: those that do not serve clients first, each after those
// that it depends on. When one fails, those that had started are stopped again; the
// error says what to do. Start may be called again after Stop.
//
// From the first Start on nothing can be registered any more: an action, a channel,
// a handler or middleware that comes later panics.
func (api *API) Start(ctx context.Context) error {
	parts, err := api.start(ctx, api.serving)
	if err != nil {
		return err
	}
	api.Logger.Info("started", "parts", graph(parts))
	if url := api.Web.URL(); url != "" {
		api.Logger.Info(api.options.Name+" is listening", "url", url,
			"environment", api.Config.Process.Env, "version", api.options.Version)
	}
	return nil
}

// Stop stops the parts in reverse: the servers drain, running actions end, then
// connections are closed. It takes no longer than PROCESS_SHUTDOWN_TIMEOUT, and the
// error names the parts that have not stopped by then. Stopping an app that is not
// running does nothing.
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

// start starts the parts that choose returns.
func (api *API) start(ctx context.Context, choose func() ([]Part, error)) ([]Part, error) {
	api.prepare()
	if err := api.Config.Err(); err != nil {
		return nil, err
	}
	parts, err := choose()
	if err != nil {
		return nil, err
	}
	return parts, withoutPart(api.group.Start(ctx, parts))
}

// serving returns all parts, those that serve clients last: a client is served when
// everything else of the app is ready.
func (api *API) serving() ([]Part, error) {
	var last []Part
	parts, err := api.working()
	for _, p := range api.parts {
		if serves(p) {
			last = append(last, p)
		}
	}
	return append(parts, last...), err
}

// working returns the parts that do not serve clients.
func (api *API) working() ([]Part, error) {
	var parts []Part
	for _, p := range api.parts {
		if !serves(p) {
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// withoutPart removes the name of the part from an error that says as much itself:
// "cannot connect to redis (…)".
func withoutPart(err error) error {
	var failed *lifecycle.Error
	if errors.As(err, &failed) && failed.Stop == nil && strings.HasPrefix(failed.Err.Error(), "cannot ") {
		return failed.Err
	}
	return err
}

// graph returns the parts in the order in which they start, each with those that it
// waits for: "redis → database → migrations (database) → web (actions, channels)".
func graph(parts []Part) string {
	ordered, err := lifecycle.Order(parts)
	if err != nil {
		return err.Error()
	}
	texts := make([]string, len(ordered))
	for i, p := range ordered {
		texts[i] = p.Name()
		if depends := p.DependsOn(); len(depends) > 0 {
			texts[i] += " (" + strings.Join(depends, ", ") + ")"
		}
	}
	return strings.Join(texts, " → ")
}
