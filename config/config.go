// Package config holds the settings of a server: a tree of typed fields, each
// read from an environment variable.
//
// [Load] reads them; a value that does not parse is an error that names its
// variable. [Config.Bind] reads the settings of an app into the app's own
// struct by the same rules, and [Config.Settings] lists all of them with where
// each came from, secrets masked.
//
// # Where a value comes from
//
// The first of these that is there:
//
//  1. NAME_<ENV> (such as REDIS_URL_TEST when KERYX_ENV is "test"), in the
//     environment, then in the .env file
//  2. NAME, in the environment, then in the .env file
//  3. NAME_<ENV>, then NAME, in [Options.Defaults]
//  4. the built-in default
//
// A variable that is there but empty counts as absent, since that is what
// "FOO=${FOO}" in a compose file makes of one. The settings for which empty
// means something (no database, a header that is not sent) say so in their
// documentation: for these an empty value is a value like any other.
//
// # Tags
//
// A field is a setting when it has an env tag. Struct fields without one are
// groups. The tags, of our own settings and of those that an app binds:
//
//	env:"NAME"             the variable; env:"NAME,required" makes its absence an error
//	envPrefix:"AUDIT_"     on a group: goes before the names of its variables
//	envDefault:"30s"       the default; without one, what the field holds already
//	envDefault.test:"1s"   the default in the environment "test"
//	envSeparator:";"       of a slice or map, instead of ","
//	doc:"…"                one or more sentences for people
//	unit:"ms"              of a duration: what a bare number counts (ns, us, ms, s, m, h)
//	minimum:"1"            the least number or duration
//	maximum:"65535"        the greatest
//	enum:"text,json"       the only values of a text, upper or lower case
//	pattern:"^[a-z]+$"     what a text must match; patternDescription says it in words
//	format:"url"           also: http-url, host, route, origins, networks, header-name, header-value
//	example:"a.example"    for the error message; the default serves when there is none
//	empty:"no database"    an empty value is a value, and this is what it means
//	secret:"true"          never printed
package config

import (
	"log/slog"
	"time"
)

// Config is the settings of one server. [Load] makes one. The zero value can
// be used too: it holds no settings, not even the defaults.
//
// Fields may be changed until the server starts. A Config is safe for
// concurrent use as long as nobody changes it; [Config.Bind] does.
type Config struct {
	Process   Process
	Logger    Logger
	Redis     Redis
	Database  Database
	Actions   Actions
	Session   Session
	RateLimit RateLimit
	Channels  Channels
	Server    Server

	state *state
}

// Process is about the process as a whole.
type Process struct {
	Name            string        `env:"PROCESS_NAME" envDefault:"server" format:"header-value" doc:"The name of the server, as in the header X-SERVER-NAME and in the log."`
	Env             string        `env:"KERYX_ENV" envDefault:"development" format:"environment" doc:"The environment: development, test, production or a name of your own. NODE_ENV is read when there is no KERYX_ENV."`
	ShutdownTimeout time.Duration `env:"PROCESS_SHUTDOWN_TIMEOUT" envDefault:"30s" unit:"ms" minimum:"1ms" doc:"How long a stop may take, draining included, before what still runs is cut off."`
}

// Logger is about the log.
type Logger struct {
	Level             slog.Level `env:"LOG_LEVEL" envDefault:"info" doc:"The least severe level that is logged: trace, debug, info, warn, error or fatal."`
	Format            string     `env:"LOG_FORMAT" envDefault:"text" enum:"text,json" doc:"Lines for people, or one JSON object per line."`
	Colorize          bool       `env:"LOG_COLORIZE" envDefault:"true" doc:"Whether text on a terminal has colors."`
	IncludeTimestamps bool       `env:"LOG_INCLUDE_TIMESTAMPS" envDefault:"true" doc:"Whether lines carry the time."`
	MaxParamLength    int        `env:"LOG_MAX_PARAM_LENGTH" envDefault:"100" minimum:"0" doc:"How many characters of the value of a param the log shows. 0: all."`
}

// Redis is about the two Redis connections.
type Redis struct {
	ConnectionString string `env:"REDIS_URL" envDefault:"redis://localhost:6379/0" format:"url" doc:"The Redis server: redis://, rediss://, unix://, redis+cluster://, redis+sentinel:// or embedded://."`
	ClientSideCache  bool   `env:"REDIS_CLIENT_SIDE_CACHE" envDefault:"false" doc:"Whether the client keeps what it has read in its own memory until Redis says that it changed. Reads may lag behind writes, their own ones included. Database 0 of a single server only."`
}

// Database is about the SQL database.
type Database struct {
	ConnectionString string        `env:"DATABASE_URL" envDefault:"" format:"url" example:"postgres://user@localhost:5432/app" empty:"there is no database" doc:"The database: postgres:// or sqlite://."`
	AutoMigrate      bool          `env:"DATABASE_AUTO_MIGRATE" envDefault:"true" doc:"Whether pending migrations are applied at boot."`
	PoolMax          int           `env:"DATABASE_POOL_MAX" envDefault:"10" minimum:"1" doc:"How many connections may be open, in use and idle ones together."`
	PoolIdleTimeout  time.Duration `env:"DATABASE_POOL_IDLE_TIMEOUT" envDefault:"10s" unit:"ms" minimum:"0s" doc:"An idle connection is closed after this time. 0: never."`
	PoolMaxLifetime  time.Duration `env:"DATABASE_POOL_MAX_LIFETIME" envDefault:"1h" unit:"ms" minimum:"0s" doc:"A connection is replaced when it is this old, so that a failover or a new replica is noticed. 0: never."`
}

// Actions is about the running of actions.
type Actions struct {
	Timeout time.Duration `env:"ACTION_TIMEOUT" envDefault:"5m" unit:"ms" minimum:"0s" doc:"How long an action may run, unless it has a timeout of its own. 0: without limit."`
}

// Server is about the transports.
type Server struct {
	Web       Web
	WebSocket WebSocket
	CLI       CLI
}

// CLI is about actions that are run from the command line.
type CLI struct {
	IncludeStackInErrors bool `env:"CLI_INCLUDE_STACK_IN_ERRORS" envDefault:"true" doc:"Whether an error that is printed carries its stack."`
	Quiet                bool `env:"CLI_QUIET" envDefault:"false" doc:"Whether nothing but the result is printed, as with -q."`
}

// Production tells whether the environment is "production".
func (c *Config) Production() bool { return c.Process.Env == "production" }
