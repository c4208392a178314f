package keryx

import (
	"context"
	"errors"
	"log/slog"

	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/internal/cli"
	"github.com/keryx-go/keryx/internal/lifecycle"
	"github.com/keryx-go/keryx/part"
)

// commandLine describes the command line of an app.
func commandLine(api *API) cli.App {
	o, c := api.options, api.Config
	app := cli.App{
		Name: o.Name, Version: o.Version, Description: o.Description,
		Actions: api.Actions.All(), APIRoute: c.Server.Web.APIRoute,
		Quiet: c.Server.CLI.Quiet, IncludeStack: c.Server.CLI.IncludeStackInErrors,
		Host: host{api}, Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
	}
	for _, p := range api.parts.list {
		if p, ok := p.(part.Commander); ok {
			app.Commands = append(app.Commands, p.Commands(host{api}.runParts)...)
		}
	}
	return app
}

// host is an API as its command line sees it.
type host struct{ api *API }

var _ cli.Host = host{}

// Serve runs the app until ctx ends.
func (h host) Serve(ctx context.Context) error {
	api := h.api
	if err := api.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	api.Logger.Info("stopping", "reason", context.Cause(ctx).Error())
	err := api.Stop(context.WithoutCancel(ctx))
	if err == nil {
		api.Logger.Info("stopped")
	}
	return err
}

// Run starts all parts that do not serve clients, calls do, and stops them.
func (h host) Run(ctx context.Context, do func(context.Context) error) error {
	return h.runParts(ctx, func(ctx context.Context) error { return do(h.api.Auth.Attach(ctx)) })
}

// Settings lists the settings of the app and of its parts.
func (h host) Settings() ([]config.Setting, error) {
	return h.api.Config.Settings(), h.api.Config.Err()
}

// SetQuiet logs warnings and errors only, unless the app has a Logger of its own.
func (h host) SetQuiet() { h.api.level.Set(max(h.api.level.Level(), slog.LevelWarn)) }

// runParts is the [part.Run] of the app.
func (h host) runParts(ctx context.Context, do func(context.Context) error, names ...string) error {
	_, err := h.api.start(ctx, func() ([]Part, error) {
		if len(names) == 0 {
			return h.api.parts.working(), nil
		}
		return lifecycle.Closure(h.api.parts.inOrder(), names...)
	})
	if err != nil {
		return err
	}
	err = do(ctx)
	return errors.Join(err, h.api.Stop(context.WithoutCancel(ctx)))
}
