package keryx

import (
	"fmt"
	"maps"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/apidoc"
	"github.com/keryx-go/keryx/internal/cli"
	"github.com/keryx-go/keryx/internal/logging"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
	"github.com/keryx-go/keryx/web"
	"github.com/keryx-go/keryx/websocket"
)

// Config is the settings of an app: those of each package of the framework, and
// those that are bound to its Set. [New] reads it and the parts of the app copy from
// it, so a field that is changed later has no effect: [Options] has Environ and
// Defaults for that.
type Config struct {
	Process   Process
	Logger    logging.Settings
	Redis     redis.Settings
	Database  db.Settings
	Actions   action.Settings
	Session   session.Settings
	RateLimit ratelimit.Settings
	Channels  channel.Settings
	Server    Server

	// Set lists the settings, and has the mistakes in them.
	*config.Set
}

// Process is the settings of the process as a whole.
type Process struct {
	Name            string        `env:"PROCESS_NAME" envDefault:"server" format:"header-value" doc:"The name of the server, in the X-SERVER-NAME header. An app with a Name has it as its default."`
	Env             string        `env:"KERYX_ENV" envDefault:"development" format:"environment" doc:"The environment: development, test, production or your own name. Without KERYX_ENV, NODE_ENV is read."`
	GCPercent       int           `env:"PROCESS_GC_PERCENT" envDefault:"400" minimum:"-1" doc:"How much the heap may grow before a collection, in percent of the live heap, like GOGC. GOGC and GOMEMLIMIT override it. -1: no collection."`
	ShutdownTimeout time.Duration `env:"PROCESS_SHUTDOWN_TIMEOUT" envDefault:"30s" unit:"ms" minimum:"1ms" doc:"How long a stop may take, including draining, before running work is cut off."`
}

// Server is the settings of the transports.
type Server struct {
	Web       web.Settings
	WebSocket websocket.Settings
	CLI       cli.Settings
	Docs      apidoc.Settings
}

// LoadConfig reads the settings as [New] does. The error has one line for each
// variable that is wrong, which names it, its value and what was expected. The
// Config is never nil: settings that are wrong have their built-in default.
func LoadConfig(o config.Options) (*Config, error) {
	c := &Config{Set: config.Open(o)}
	_ = c.Bind("", c) // Err returns it
	return c, c.Err()
}

// Production reports whether the environment is "production".
func (c *Config) Production() bool { return c.Process.Env == "production" }

// statuses returns the HTTP statuses of errors: those that WEB_SERVER_ERROR_STATUSES
// names, with those of the app in their place.
func (c *Config) statuses(own Statuses) Statuses {
	statuses := Statuses{}
	if c.Server.Web.ErrorStatuses == "rest" {
		statuses = RESTStatuses()
	}
	maps.Copy(statuses, own)
	return statuses
}

// Settings reads the settings of an app or plugin into a new T, a struct with the
// tags of package config. The section is the name under which `app config` lists
// them, with their sources, secrets masked. Mistakes in them are reported with all
// others: by [API.Start], by [Main], and by `app config`; until then a wrong setting
// has its default. It panics when the app has started.
func Settings[T any](api *API, section string) *T {
	if api.parts.closed {
		panic(fmt.Sprintf("keryx: settings %q: the app has started; read them before", section))
	}
	settings := new(T)
	_ = api.Config.Bind(section, settings) // Err returns it
	return settings
}
