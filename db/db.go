// Package db opens an app's SQL database as a [bun.DB], migrates it, and runs
// transactions and pages of results on it. Queries are bun's own: this package
// adds no query language and wraps none.
//
// # URLs
//
// The scheme of a URL chooses the database. Its driver is in the program when
// the program imports it, as with database/sql:
//
//	import _ "github.com/keryx-go/keryx/db/postgres" // postgres:// and postgresql://
//	import _ "github.com/keryx-go/keryx/db/sqlite"   // sqlite://
//
// See those packages for what a URL may say. In a user name or a password the
// characters @ : / ? # % are written %40 %3A %2F %3F %23 %25.
//
// # Deadlines
//
// The end of a context ends its query where it runs: Postgres is told to
// cancel it, SQLite is interrupted.
package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/config"
)

// Defaults of [Options].
const (
	DefaultTimeout  = 3 * time.Second
	DefaultVariable = "DATABASE_URL"
)

// Options configure [New] and [Open]. The zero value is fine for [Open].
type Options struct {
	// Name is the name of the part, for an app with several databases. Empty:
	// "database".
	Name string
	// URL says where the database is, for [New]. Empty: there is none.
	URL string
	// Logger gets a line about what [Database.Start] has connected to. Nil
	// discards it.
	Logger *slog.Logger
	// PoolMax is how many connections may be open, in use and idle ones
	// together. A query that finds none waits. 0 means the
	// default of DATABASE_POOL_MAX.
	PoolMax int
	// PoolIdleTimeout is how long a connection may lie idle before it is
	// closed; until then every idle connection is kept. 0 means
	// the default of DATABASE_POOL_IDLE_TIMEOUT, a negative value keeps them forever.
	PoolIdleTimeout time.Duration
	// PoolMaxLifetime is how old a connection may grow before it is replaced,
	// so that a failover or a new address is noticed. 0 means
	// the default of DATABASE_POOL_MAX_LIFETIME, a negative value sets no limit.
	PoolMaxLifetime time.Duration
	// Timeout bounds the proof that the database answers. 0 means
	// [DefaultTimeout].
	Timeout time.Duration
	// Variable is the setting that errors tell the reader to set. "" means
	// [DefaultVariable].
	Variable string
}

func (o Options) withDefaults() (Options, error) {
	defaults := config.Default[Settings]()
	if o.PoolMax < 0 {
		return o, fmt.Errorf("db: a pool of at most %d connections; PoolMax must be positive, or 0 for %d", o.PoolMax, defaults.PoolMax)
	}
	if o.Timeout < 0 {
		return o, fmt.Errorf("db: a timeout of %v; it must be positive, or 0 for %v", o.Timeout, DefaultTimeout)
	}
	setDefault(&o.PoolMax, defaults.PoolMax)
	setDefault(&o.PoolIdleTimeout, defaults.PoolIdleTimeout)
	setDefault(&o.PoolMaxLifetime, defaults.PoolMaxLifetime)
	setDefault(&o.Timeout, DefaultTimeout)
	setDefault(&o.Variable, DefaultVariable)
	return o, nil
}

func setDefault[T comparable](field *T, value T) {
	if *field == *new(T) {
		*field = value
	}
}

// Open connects to the database that rawURL names and proves that it answers,
// within [Options.Timeout]. An error is one line that names the database and
// the setting to correct, and never shows a password. Close the result.
func Open(ctx context.Context, rawURL string, o Options) (*bun.DB, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	pool, err := open(ctx, rawURL, o)
	if err != nil {
		return nil, openError(rawURL, err, o)
	}
	return pool, nil
}

func open(ctx context.Context, rawURL string, o Options) (*bun.DB, error) {
	scheme, err := schemeOf(rawURL)
	if err != nil {
		return nil, err
	}
	driver, err := driverOf(scheme)
	if err != nil {
		return nil, err
	}
	pool, dialect, err := driver.Open(scheme + rawURL[len(scheme):])
	if err != nil {
		return nil, err
	}
	return linked.connect(ctx, pool, dialect, o)
}

// lag is how long a driver may take to notice the end of its context. What it
// then says is better than what the context says.
const lag = 200 * time.Millisecond

// prove pings the database and returns in time even when the driver does not:
// opening a locked file, say, cannot be cancelled.
func prove(ctx context.Context, pool *sql.DB, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer := make(chan error, 1)
	go func() { answer <- pool.PingContext(ctx) }()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-answer:
		return err
	case <-time.After(lag):
		return fmt.Errorf("no answer: %w", ctx.Err())
	}
}
