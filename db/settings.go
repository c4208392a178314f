package db

import "time"

// Settings are the DATABASE_* settings.
type Settings struct {
	ConnectionString string        `env:"DATABASE_URL" envDefault:"" format:"url" example:"postgres://user@localhost:5432/app" empty:"there is no database" doc:"The database: postgres:// or sqlite://."`
	AutoMigrate      bool          `env:"DATABASE_AUTO_MIGRATE" envDefault:"true" doc:"Whether to apply pending migrations at boot."`
	PoolMax          int           `env:"DATABASE_POOL_MAX" envDefault:"10" minimum:"1" doc:"How many connections may be open, in use and idle together."`
	PoolIdleTimeout  time.Duration `env:"DATABASE_POOL_IDLE_TIMEOUT" envDefault:"10s" unit:"ms" minimum:"0s" doc:"How long an idle connection stays open. 0: no limit."`
	PoolMaxLifetime  time.Duration `env:"DATABASE_POOL_MAX_LIFETIME" envDefault:"1h" unit:"ms" minimum:"0s" doc:"How old a connection may be before it is replaced, so that a failover or a new replica is noticed. 0: no limit."`
}
