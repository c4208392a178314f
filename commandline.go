package keryx

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/fault"
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

// AllowAs allows it in development and test, and where CLI_ALLOW_AS does.
func (h host) AllowAs() error {
	env := h.api.Config.Process.Env
	if env == "development" || env == "test" || h.api.Config.Server.CLI.AllowAs {
		return nil
	}
	return fmt.Errorf("--as is closed in the environment %q; to open it, set CLI_ALLOW_AS=true", env)
}

// As returns a context with the identity of a caller, which the app resolves if it has
// [Options.CLIIdentity].
func (h host) As(ctx context.Context, caller cli.Caller) (context.Context, error) {
	i, err := h.identity(ctx, caller.As)
	if err != nil {
		return nil, err
	}
	if len(caller.Roles) > 0 {
		i.Roles = caller.Roles
	}
	if len(caller.Scopes) > 0 {
		i.Scopes, i.AllScopes = caller.Scopes, false
	}
	h.api.Logger.Info("running an action as a user", "as", i.Subject, "roles", i.Roles)
	return auth.With(ctx, &i), nil
}

// identity returns the identity that the value of --as stands for.
func (h host) identity(ctx context.Context, as string) (auth.Identity, error) {
	const via = "cli"
	resolve := h.api.options.CLIIdentity
	if resolve == nil {
		return auth.Identity{Subject: as, AllScopes: true, Via: via}, nil
	}
	found, err := resolve(ctx, as)
	if err != nil {
		return auth.Identity{}, err
	}
	if found == nil || found.Subject == "" {
		return auth.Identity{}, fault.NotFound("--as %s: there is no such user", as)
	}
	i := *found
	i.Via = cmp.Or(i.Via, via)
	return i, nil
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
