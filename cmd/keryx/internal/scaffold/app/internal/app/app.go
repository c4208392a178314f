// Package app puts my-app together from its packages.
package app

import (
	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/client"
	"github.com/keryx-go/keryx/dashboard"
	_ "github.com/keryx-go/keryx/db/postgres" // postgres://
	_ "github.com/keryx-go/keryx/db/sqlite"   // sqlite://
	"github.com/keryx-go/keryx/ratelimit"
	_ "github.com/keryx-go/keryx/redis/embedded" // embedded://

	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/app/assets"
	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/app/migrations"
)

// New makes the app. Tests call it with options of their own.
func New(o keryx.Options) *keryx.API {
	o.Name, o.Description = "my-app", "Notes on a wall that all members share"
	o.Static = assets.Files
	o.Migrations, o.MigrationsDir = migrations.Files, "migrations"
	o.ErrorStatuses = keryx.RESTStatuses()
	o.Defaults = map[string]string{ // the environment and .env win
		"REDIS_URL": "embedded://", "DATABASE_URL": "sqlite://my-app.db",
		"WEB_SERVER_STATIC_CACHE_CONTROL": "no-cache", // the page changes with the program
	}
	api := keryx.New(o)
	api.Actions.Use(api.RateLimit.Middleware(ratelimit.Rule{})) // each caller, over all actions
	register(api)
	api.Use(dashboard.New(dashboard.Options{Actions: api.Actions, Channels: api.Channels, OpenAPI: api.OpenAPI}))               // /docs
	api.Use(client.New(client.Options{Actions: api.Actions, Channels: api.Channels, APIRoute: api.Config.Server.Web.APIRoute})) // client ts, client go
	return api
}
