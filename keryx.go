// Package keryx is a framework for backends: write a controller once, as an
// action, and it answers over HTTP and on the command line with the same
// inputs, middleware and response. It connects to Redis for you and proves the
// connections before it starts; Redis is the caching layer, with the standard
// client and nothing in between (see package cache).
//
//	api := keryx.New(keryx.Options{Name: "hello"})
//	keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello")},
//		func(ctx context.Context, in struct{}) (string, error) { return "world", nil })
//	keryx.Main(api)
//
// [New] makes an app, [Handle] adds actions, [API.Use] adds parts, and [Main] runs
// the command line: start, actions, config, cache, migrate, and a command for each
// action.
package keryx

import (
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/csrf"
	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/db/migrations"
	"github.com/keryx-go/keryx/internal/cachecmd"
	"github.com/keryx-go/keryx/internal/lifecycle"
	"github.com/keryx-go/keryx/internal/logging"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
	"github.com/keryx-go/keryx/web"
	"github.com/keryx-go/keryx/websocket"
)

// Options describe an app. The zero value is a working one.
type Options struct {
	// Name is the app's name in help and logs. Default: "keryx".
	Name string
	// Version is shown by --version. Default: the version that the Go tool
	// has put into the binary, or "(devel)".
	Version string
	// Description is one line for --help.
	Description string
	// Defaults are settings by their variables, such as REDIS_URL, for where
	// neither the environment nor .env has them.
	Defaults map[string]string
	// Migrations are SQL files: see package db. They are applied at boot
	// unless DATABASE_AUTO_MIGRATE is false. Nil means none.
	Migrations fs.FS
	// MigrationsDir is where `migrate new` writes. Default: "migrations".
	MigrationsDir string
	// Static are the files served below WEB_SERVER_STATIC_ROUTE. Nil means
	// those in WEB_SERVER_STATIC_DIRECTORY.
	Static fs.FS
	// Environ is the environment, as "NAME=value". Nil means the process's.
	Environ []string
	// DotEnv is the file read for what the environment does not have. Default:
	// ".env"; "-" means none. A file that is not there is fine.
	DotEnv string
	// Authenticators prove who is calling by something other than a session, such as
	// a token: see package auth. They are tried in their order, after the session.
	Authenticators []auth.Authenticator
	// Logger replaces the one that the LOG_* settings describe.
	Logger *slog.Logger
	// Stdin, Stdout and Stderr are those of the command line; logs go to
	// Stderr. Default: the process's.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// API is an app: its settings, connections, actions and servers. Connections can be
// used once Start has returned, and by parts that depend on them. Several apps can
// run side by side in one process.
type API struct {
	// Config are the settings.
	Config *Config
	// Logger is where the app logs.
	Logger *slog.Logger
	// Redis has the two connections, once it has started.
	Redis *redis.Connections
	// Database is the part that connects DB.
	Database *db.Database
	// DB is the database. Nil until the part "database" has started, and always
	// when DATABASE_URL is empty.
	DB *bun.DB
	// Actions are the app's actions.
	Actions *action.Registry
	// Sessions keeps the sessions of callers; see package session.
	Sessions *session.Store
	// RateLimit limits how often callers may run an action, where its
	// [ratelimit.Limiter.Middleware] is put around it.
	RateLimit *ratelimit.Limiter
	// Auth finds out who is calling; see package auth.
	Auth *auth.Auth
	// CSRF makes and checks the tokens that keep other sites from acting in
	// the name of a user; see package csrf.
	CSRF *csrf.Tokens
	// Channels are the app's channels: [channel.Hub.Handle] defines one,
	// [channel.Hub.Broadcast] sends to one.
	Channels *channel.Hub
	// Web is the HTTP server.
	Web *web.Server
	// WebSocket serves the WebSockets on Web's port. Nil when WS_ENABLED is
	// false.
	WebSocket *websocket.Server

	options Options
	level   slog.LevelVar // of a Logger that is ours
	parts   []Part
	group   lifecycle.Group

	mu       sync.Mutex
	prepared bool // see prepare; only then may it start
}

// New makes an app. It does not fail: settings that cannot be read are the
// error of [API.Start] and of [Main].
func New(o Options) *API {
	o = o.withDefaults()
	api := &API{options: o}
	api.Config, _ = LoadConfig(config.Options{Environ: o.Environ, DotEnv: o.DotEnv, Defaults: o.Defaults})
	c := api.Config
	if api.Logger = o.Logger; api.Logger == nil {
		api.level.Set(c.Logger.Level)
		api.Logger = logging.New(o.Stderr, &api.level, c.Logger)
	}
	api.Actions = action.NewRegistry(action.Options{
		Timeout: c.Actions.Timeout, Logger: api.Logger,
		MaxParamLength: c.Logger.MaxParamLength, HideInternals: c.Production(),
	})
	api.connect()
	api.serve()
	return api
}

// connect makes what the app keeps in Redis and in the database, and the parts
// that connect to them.
func (api *API) connect() {
	c, o := api.Config, api.options
	api.Redis = redis.New(redis.Options{
		URL: c.Redis.ConnectionString, Process: c.Process.Name, Production: c.Production(),
		ClientSideCache: c.Redis.ClientSideCache, Logger: api.Logger,
	})
	api.Database = db.New(db.Options{
		URL: c.Database.ConnectionString, PoolMax: c.Database.PoolMax,
		PoolIdleTimeout: orNever(c.Database.PoolIdleTimeout), PoolMaxLifetime: orNever(c.Database.PoolMaxLifetime), Logger: api.Logger,
	})
	api.Sessions = session.NewStore(session.Options{Config: c.Session, Redis: api.Redis, Logger: api.Logger})
	api.Auth = auth.New(auth.Options{Sessions: api.Sessions, Authenticators: o.Authenticators})
	if len(o.Authenticators) > 0 {
		api.Actions.Use(api.Auth.Middleware)
	}
	api.RateLimit = ratelimit.New(ratelimit.Options{Config: c.RateLimit, Redis: api.Redis, Logger: api.Logger})
	api.CSRF = csrf.New(csrf.Options{Redis: api.Redis})
	api.Channels = channel.NewHub(channel.Options{
		Redis: api.Redis, PresenceTTL: c.Channels.PresenceTTL, Heartbeat: c.Channels.HeartbeatInterval,
		HideInternals: c.Production(), Logger: api.Logger,
	})
	api.Use(
		api.Redis, api.databasePart(),
		migrations.New(migrations.Options{
			Database: api.Database, Files: o.Migrations, Dir: o.MigrationsDir, Manual: !c.Database.AutoMigrate, Logger: api.Logger,
		}),
		cachecmd.New(api.Redis, api.Logger), api.Channels, api.Actions,
	)
}

// serve makes the servers.
func (api *API) serve() {
	c := api.Config
	api.Web = web.New(web.Options{
		Config: c.Server.Web, Actions: api.Actions, Name: c.Process.Name, Logger: api.Logger,
		HideInternals: c.Production(), Static: api.options.Static, Attach: api.Auth.Attach,
	})
	api.Use(api.Web)
	if !c.Server.WebSocket.Enabled {
		return
	}
	api.WebSocket = websocket.New(websocket.Options{
		Config: c.Server.WebSocket, Actions: api.Actions, Channels: api.Channels, Web: api.Web,
		AllowedOrigins: c.Server.Web.AllowedOrigins, ApplicationURL: c.Server.Web.ApplicationURL,
		Auth: api.Auth, IncludeStack: c.Server.Web.IncludeStackInErrors, Logger: api.Logger,
	})
	api.Web.HandleUpgrades(api.WebSocket)
	api.Use(api.WebSocket)
}

// orNever turns the 0 of a setting, "never", into that of package db.
func orNever(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

func (o Options) withDefaults() Options {
	if o.Name == "" {
		o.Name = "keryx"
	}
	if o.Version == "" {
		o.Version = buildVersion()
	}
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
	return o
}

// buildVersion is the version of the main module, or "(devel)".
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	revision := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.revision" })
	if info.Main.Version == "(devel)" && revision >= 0 {
		return "(devel) " + info.Settings[revision].Value
	}
	return info.Main.Version
}
