// Package keryx is a framework for backends: write a controller once, as an
// action, and it answers over HTTP, over WebSockets and on the command line with
// the same inputs, middleware and response. It connects to Redis for you and proves the
// connections before it starts; Redis is the caching layer, with the standard
// client and nothing in between (see package cache).
//
//	api := keryx.New(keryx.Options{Name: "hello"})
//	keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello")},
//		func(ctx context.Context, in struct{}) (string, error) { return "world", nil })
//	keryx.Main(api)
//
// [New] makes an app, [Handle] adds actions, [API.Use] adds parts, and [Main] runs
// the command line: start, actions, config, cache, migrate, openapi, asyncapi, and a command for each
// action.
package keryx

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/csrf"
	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/db/migrations"
	"github.com/keryx-go/keryx/internal/cachecmd"
	"github.com/keryx-go/keryx/internal/cli"
	"github.com/keryx-go/keryx/internal/lifecycle"
	"github.com/keryx-go/keryx/internal/logging"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
	"github.com/keryx-go/keryx/web"
	"github.com/keryx-go/keryx/websocket"
)

// API is an app: its settings, connections, actions and servers. Connections can be
// used once Start has returned, and by parts that depend on them. Several apps can
// run side by side in one process.
type API struct {
	// Config are the settings.
	Config *Config
	// Logger is where the app logs. To a line that is logged with the context of a
	// request (InfoContext and so on) it adds the id of the request and the caller's
	// subject, if it is known.
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
	// Auth identifies callers; see package auth.
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
	group   lifecycle.Group

	mu    sync.Mutex // held by prepare
	parts parts
}

// New makes an app. It does not fail: settings that cannot be read are the
// error of [API.Start] and of [Main].
func New(o Options) *API {
	o = o.withDefaults()
	api := &API{options: o}
	api.Config, _ = LoadConfig(config.Options{Environ: o.Environ, DotEnv: o.DotEnv, Defaults: o.Defaults})
	c := api.Config
	logger := o.Logger
	if logger == nil {
		api.level.Set(c.Logger.Level)
		logger = logging.New(o.Stderr, &api.level, c.Logger)
	}
	api.Logger = slog.New(logging.WithContext(logger.Handler()))
	api.group.Logger, api.group.Timeout = api.Logger, c.Process.ShutdownTimeout
	api.Actions = action.NewRegistry(action.Options{
		Timeout: c.Actions.Timeout, Logger: api.Logger,
		MaxParamLength: c.Logger.MaxParamLength, HideParams: !c.Logger.Params, HideInternals: c.Production(),
		Attach: func(ctx context.Context) context.Context { return api.Auth.AttachInternal(ctx) },
		Inner:  func(next Handler) Handler { return api.Auth.Middleware(next) },
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
		Prefix: c.Redis.KeyPrefix, ClientSideCache: c.Redis.ClientSideCache, Logger: api.Logger,
	})
	api.Database = db.New(db.Options{
		URL: c.Database.ConnectionString, PoolMax: c.Database.PoolMax,
		PoolIdleTimeout: orNever(c.Database.PoolIdleTimeout), PoolMaxLifetime: orNever(c.Database.PoolMaxLifetime), Logger: api.Logger,
	})
	api.Sessions = session.NewStore(session.Options{Config: c.Session, Redis: api.Redis, Logger: api.Logger})
	api.Auth = auth.New(auth.Options{Sessions: api.Sessions, Authenticators: o.Authenticators})
	api.RateLimit = ratelimit.New(ratelimit.Options{Config: c.RateLimit, Redis: api.Redis, Logger: api.Logger})
	api.CSRF = csrf.New(csrf.Options{Redis: api.Redis})
	api.Channels = channel.NewHub(channel.Options{
		Redis: api.Redis, PresenceTTL: c.Channels.PresenceTTL, Heartbeat: c.Channels.HeartbeatInterval,
		HideInternals: c.Production(), Logger: api.Logger,
	})
	api.Use(
		api.Redis, newDatabase(api),
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
		HideInternals: c.Production(), Static: api.options.static(), Attach: api.Auth.Attach,
		Statuses: c.statuses(api.options.ErrorStatuses),
	})
	api.Use(api.Web, newDocuments(api))
	if !c.Server.WebSocket.Enabled {
		return
	}
	api.WebSocket = websocket.New(websocket.Options{
		Config: c.Server.WebSocket, Actions: api.Actions, Channels: api.Channels, Web: api.Web,
		AllowedOrigins: c.Server.Web.AllowedOrigins, ApplicationURL: c.Server.Web.ApplicationURL,
		Auth: api.Auth, Redis: api.Redis, IncludeStack: c.Server.Web.IncludeStackInErrors, Logger: api.Logger,
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

// Use adds parts to the app. It panics when the name of one is empty or taken, or
// when the app has started: [API.Replace] exchanges a part.
//
// The framework's own parts are "redis", "database", "migrations", "cache",
// "channels", "actions", "web", "documents" and, unless WS_ENABLED is false, "websocket". At a stop
// "actions" waits for those that still run, before any part is stopped that does not
// depend on it; a part that runs actions by itself, such as a ticker, does.
func (api *API) Use(parts ...Part) {
	for _, p := range parts {
		api.parts.add(p)
	}
}

// Replace puts a part in the place of the one with the same name, which neither
// starts nor adds anything any more. It panics when there is none, or when the app
// has started. Fields of the API, such as Redis, still refer to the part that was
// replaced.
func (api *API) Replace(p Part) { api.parts.replace(p) }

// Group returns a group of actions that share middleware, which runs inside that of
// all actions ([action.Registry.Use]) and outside of their own, outermost first.
// Groups nest:
//
//	members := api.Group(auth.Require)
//	staff := members.Group(auth.RequireRole("staff"))
//	keryx.Handle(staff, keryx.Action{Name: "user:block", …}, block)
func (api *API) Group(middleware ...Middleware) *Group { return api.Actions.Group(middleware...) }

// Act runs an action by name, from another action or from anywhere in the
// app, and returns its result: see [action.Registry.Act]. Outside of a request, the caller
// is anonymous ([auth.With] names one), and a session lasts as long as the call.
func (api *API) Act(ctx context.Context, name string, params any) (any, error) {
	return api.Actions.Act(ctx, name, params)
}

// RequestContext returns a context for a request to a handler that is mounted with
// [web.Server.Handle]; [web.Server.HandleFunc] does the same by itself. As in an action,
// [auth.From] finds the caller's identity in it, [session.From] the session, and
// [ConnectionFrom] the connection. Before it answers, the handler copies the headers
// of the reply, such as the session's cookie: ConnectionFrom(ctx).WriteReply(w.Header()).
func (api *API) RequestContext(r *http.Request) context.Context {
	return api.Auth.Attach(connection.With(r.Context(), api.Web.Connection(r)))
}

// Transaction returns middleware that runs an action in a database
// transaction: committed when the action succeeds, rolled back when it fails,
// panics or runs out of time. [API.Tx] is the way to it. An action that runs
// within another's transaction joins it.
func (api *API) Transaction() Middleware {
	return func(next Handler) Handler {
		return func(ctx context.Context, call *Call) (result any, err error) {
			if api.DB == nil {
				return nil, errors.New("the action wants a transaction, but there is no database; set DATABASE_URL")
			}
			if _, err := call.Input(ctx); err != nil { // which does not take a connection
				return nil, err
			}
			err = db.Transaction(ctx, api.DB, func(ctx context.Context, _ bun.Tx) error {
				result, err = next(ctx, call)
				return err
			})
			return result, err
		}
	}
}

// Tx returns the transaction that ctx is in, or the database outside one:
// queries made through it are right in both.
func (api *API) Tx(ctx context.Context) bun.IDB { return db.From(ctx, api.DB) }

// SQL is [API.Tx] with the types of database/sql, such as the functions that sqlc
// generates take: see [db.SQL].
func (api *API) SQL(ctx context.Context) db.DBTX { return db.SQL(ctx, api.DB) }

// AfterCommit calls fn when the transaction that ctx is in has committed, and before
// the action that the transaction is of answers; not at all when it is rolled back;
// at once outside a transaction: see [db.AfterCommit]. A panic of fn is logged.
//
//	api.AfterCommit(ctx, func(ctx context.Context) {
//		api.Redis.Client.Del(ctx, "bookings:"+day)
//	})
func (api *API) AfterCommit(ctx context.Context, fn func(context.Context)) {
	db.AfterCommit(ctx, api.DB, logPanic(api.Logger, "a function of AfterCommit panicked", fn))
}

// prepare collects, once, what the parts add to the app, and closes the registries.
func (api *API) prepare() {
	api.mu.Lock()
	defer api.mu.Unlock()
	if api.parts.closed {
		return
	}
	api.parts.closed = true
	for _, p := range api.parts.list {
		if p, ok := p.(part.Configurer); ok {
			section, target := p.Settings()
			_ = api.Config.Bind(section, target) // Err returns it
		}
	}
	for _, p := range api.parts.list {
		extend(api, p)
	}
	api.Actions.Freeze()
	api.Channels.Freeze()
	api.Web.Freeze()
}

// Start starts all parts: those that do not serve clients first, each after those
// that it depends on. When one fails, those that had started are stopped again; the
// error says what to do. A part that takes longer than five seconds is named in the
// log. When ctx is cancelled, Start returns within PROCESS_SHUTDOWN_TIMEOUT, also when a
// part does not heed it. Start may be called again after Stop.
//
// From the first Start on nothing can be registered any more: an action, a channel,
// a handler or middleware that comes later panics.
func (api *API) Start(ctx context.Context) error {
	warn(api)
	parts, err := api.start(ctx, func() ([]Part, error) { return api.parts.all(), nil })
	if err != nil {
		return err
	}
	api.Logger.Info("started", "parts", graph(parts))
	announce(api)
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

// Run runs a command line, given without the name of the program, until it is
// done or ctx ends, and returns the exit code: 0 when all went well, 1 when
// something failed, 2 for a command line that makes no sense.
func (api *API) Run(ctx context.Context, args []string) int {
	api.prepare()
	return cli.Execute(ctx, commandLine(api), args)
}

// OpenAPI returns the OpenAPI document of the app's actions, which `app openapi` prints,
// as JSON. Call it after all actions are registered.
func (api *API) OpenAPI() ([]byte, error) { return describeHTTP(api).JSON() }
