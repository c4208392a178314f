package keryx

import (
	"context"
	"errors"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/web"
)

// builtIn returns the initializers that every app has.
func (api *API) builtIn() []Initializer {
	return []Initializer{
		{Name: "redis", Start: startRedis, Stop: stopRedis},
		{Name: "database", Start: startDatabase, Stop: stopDatabase},
		{Name: "migrations", DependsOn: []string{"database"}, Start: migrate},
		{Name: "channels", DependsOn: []string{"redis"}, Serves: true, Start: startChannels, Stop: stopChannels},
		{Name: "actions", DependsOn: []string{"redis", "migrations"}, Stop: waitForActions},
		{Name: "web", DependsOn: []string{"actions", "channels"}, Serves: true, Start: startWeb, Stop: stopWeb},
		{Name: "websocket", DependsOn: []string{"web"}, Serves: true, Start: startWebSocket, Stop: stopWebSocket},
	}
}

func startRedis(ctx context.Context, api *API) error {
	c, err := redis.Open(ctx, api.Config.Redis.ConnectionString, redis.Options{
		Process: api.Config.Process.Name, Production: api.Config.Production(),
		ClientSideCache: api.Config.Redis.ClientSideCache,
	})
	if err != nil {
		return err
	}
	api.Redis = c
	api.Logger.Info("connected to redis", "url", c.URL(), "server", c.Describe(ctx))
	if api.Config.Redis.ClientSideCache {
		api.Logger.Warn("client-side caching is on: reads may lag behind writes by milliseconds")
	}
	if c.Embedded() {
		api.Logger.Warn("redis is embedded: its data ends with this process; set REDIS_URL to use a real one")
	}
	return nil
}

func stopRedis(_ context.Context, api *API) error { return api.Redis.Close() }

func startDatabase(ctx context.Context, api *API) error {
	if api.Config.Database.ConnectionString == "" {
		return nil
	}
	opened, err := openDatabase(ctx, api)
	if err != nil {
		return err
	}
	probe, err := db.NewProbe(opened.DB, api.Config.Database.ConnectionString)
	if err != nil {
		return errors.Join(err, opened.Close())
	}
	api.DB, api.probe = opened, probe
	api.Logger.Info("connected to database", "url", db.Redact(api.Config.Database.ConnectionString))
	return nil
}

func stopDatabase(_ context.Context, api *API) error {
	if api.DB == nil {
		return nil
	}
	var err error
	if api.probe != nil {
		err = api.probe.Close()
		api.probe = nil
	}
	return errors.Join(err, api.DB.Close())
}

// PingDatabase returns nil when the database answers. Unlike a query, and the
// Ping of api.DB, it does not wait until the app's queries have left a
// connection: a pool that is busy is no reason to take the app for broken.
func (api *API) PingDatabase(ctx context.Context) error {
	switch {
	case api.DB == nil:
		return errors.New("not connected")
	case api.probe == nil: // an initializer of the app's own has connected
		return api.DB.PingContext(ctx)
	}
	return api.probe.Ping(ctx)
}

// migrate brings the database up to date, if the settings say so.
func migrate(ctx context.Context, api *API) error {
	if api.DB == nil || api.options.Migrations == nil || !api.Config.Database.AutoMigrate {
		return nil
	}
	m, err := db.NewMigrator(api.DB, api.options.Migrations)
	if err != nil {
		return err
	}
	m.Logger = api.Logger
	applied, err := m.Up(ctx)
	if len(applied) > 0 {
		api.Logger.Info("migrated the database", "applied", applied)
	}
	return err
}

func waitForActions(ctx context.Context, api *API) error { return api.Actions.Wait(ctx) }

func startWeb(ctx context.Context, api *API) error { return api.Web.Start(ctx) }

func stopWeb(ctx context.Context, api *API) error { return api.Web.Stop(ctx) }

// checks decide whether the app is ready: what it needs must answer.
func (api *API) checks() []web.Check {
	checks := []web.Check{{Name: "redis", Check: func(ctx context.Context) error {
		if api.Redis == nil {
			return errors.New("not connected")
		}
		return api.Redis.Ping(ctx)
	}}}
	if api.Config.Database.ConnectionString == "" {
		return checks
	}
	return append(checks, web.Check{Name: "database", Check: api.PingDatabase})
}
