package keryx

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/cli"
	"github.com/keryx-go/keryx/db"
)

// commandLine is the app as package cli sees it.
func (api *API) commandLine() cli.App {
	o, c := api.options, api.Config
	app := cli.App{
		Name: o.Name, Version: o.Version, Description: o.Description,
		Actions: api.Actions.All(), APIRoute: c.Server.Web.APIRoute,
		Quiet: c.Server.CLI.Quiet, IncludeStack: c.Server.CLI.IncludeStackInErrors,
		Start: api.serve, Run: api.runOnce, Settings: api.settings, Redis: api.withRedis,
		Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
	}
	if o.Migrations != nil {
		app.Migrate = api.withMigrator
		app.CreateMigration = func(name string) ([]string, error) { return db.CreateMigration(o.MigrationsDir, name) }
	}
	return app
}

// serve runs the app until ctx ends.
func (api *API) serve(ctx context.Context, quiet bool) error {
	api.hush(quiet)
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

// runOnce starts all but the servers, calls do, and stops.
func (api *API) runOnce(ctx context.Context, quiet bool, do func(context.Context) error) error {
	api.hush(quiet)
	if err := api.start(ctx, false); err != nil {
		return err
	}
	err := do(api.Sessions.Attach(ctx))
	return errors.Join(err, api.Stop(context.WithoutCancel(ctx)))
}

// hush leaves only errors in the log.
func (api *API) hush(quiet bool) {
	if quiet {
		api.level.Set(slog.LevelError)
	}
}

func (api *API) settings() ([]cli.Setting, error) {
	var out []cli.Setting
	for _, s := range api.Config.Settings() {
		out = append(out, cli.Setting{Path: s.Path, Variable: s.Variable, Value: s.Value, Source: s.Source})
	}
	return out, api.bootErr
}

// withMigrator calls do with the app's migrations on its database, and with
// nothing else started.
func (api *API) withMigrator(ctx context.Context, quiet bool, do func(context.Context, cli.Migrator) error) (err error) {
	api.hush(quiet)
	if api.bootErr != nil {
		return api.bootErr
	}
	if api.Config.Database.ConnectionString == "" {
		return errors.New("there is no database to migrate; set DATABASE_URL")
	}
	opened, err := openDatabase(ctx, api)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	m, err := db.NewMigrator(opened, api.options.Migrations)
	if err != nil {
		return err
	}
	m.Logger = api.Logger
	return do(ctx, migrator{m})
}

// migrator is a db.Migrator as package cli sees it.
type migrator struct{ *db.Migrator }

func (m migrator) Down(ctx context.Context) ([]string, error) {
	name, err := m.Migrator.Down(ctx)
	if name == "" {
		return nil, err
	}
	return []string{name}, err
}

func (m migrator) Status(ctx context.Context) ([]cli.Migration, error) {
	all, err := m.Migrator.Status(ctx)
	out := make([]cli.Migration, len(all))
	for i, one := range all {
		out[i] = cli.Migration{Name: one.Name, Applied: one.AppliedAt}
		if one.Missing {
			out[i].Name += " (not in this program)"
		}
	}
	return out, err
}

// openDatabase connects to the configured database.
func openDatabase(ctx context.Context, api *API) (*bun.DB, error) {
	c := api.Config.Database
	return db.Open(ctx, c.ConnectionString, db.Options{
		PoolMax: c.PoolMax, PoolIdleTimeout: orNever(c.PoolIdleTimeout), PoolMaxLifetime: orNever(c.PoolMaxLifetime),
	})
}

// orNever turns the 0 of a setting, "never", into that of package db.
func orNever(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}
