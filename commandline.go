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

// Run runs a command line, given without the name of the program, until it is
// done or ctx ends, and returns the exit code: 0 when all went well, 1 when
// something failed, 2 for a command line that makes no sense.
func (api *API) Run(ctx context.Context, args []string) int {
	api.prepare()
	o, c := api.options, api.Config
	app := cli.App{
		Name: o.Name, Version: o.Version, Description: o.Description,
		Actions: api.Actions.All(), APIRoute: c.Server.Web.APIRoute,
		Quiet: c.Server.CLI.Quiet, IncludeStack: c.Server.CLI.IncludeStackInErrors,
		Host: host{api}, Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
	}
	for _, p := range api.parts {
		if p, ok := p.(part.Commander); ok {
			app.Commands = append(app.Commands, p.Commands(api.runParts)...)
		}
	}
	return cli.Execute(ctx, app, args)
}

// runParts is the [part.Run] of the app.
func (api *API) runParts(ctx context.Context, do func(context.Context) error, names ...string) error {
	_, err := api.start(ctx, func() ([]Part, error) {
		if len(names) == 0 {
			return api.working()
		}
		return lifecycle.Closure(api.parts, names...)
	})
	if err != nil {
		return err
	}
	err = do(ctx)
	return errors.Join(err, api.Stop(context.WithoutCancel(ctx)))
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
	return h.api.runParts(ctx, func(ctx context.Context) error { return do(h.api.Auth.Attach(ctx)) })
}

// Settings lists the settings of the app and of its parts.
func (h host) Settings() ([]config.Setting, error) {
	return h.api.Config.Settings(), h.api.Config.Err()
}

// SetQuiet logs warnings and errors only, unless the app has a Logger of its own.
func (h host) SetQuiet() { h.api.level.Set(max(h.api.level.Level(), slog.LevelWarn)) }
