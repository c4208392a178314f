package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/keryx-go/keryx/config"
)

// EmbeddedDriver is a [Driver] whose databases may run inside the program, with
// no server that could fail by itself.
type EmbeddedDriver interface {
	Driver
	// Embedded reports whether they do.
	Embedded() bool
}

// Probe finds out whether a database answers. [sql.DB.PingContext] cannot while
// the pool is busy: it waits for a connection, behind the app's own queries.
type Probe struct {
	pool *sql.DB
	own  *sql.DB // one connection, opened when it is needed; nil for an embedded database
}

// ownIdleTimeout is how long a Probe keeps the connection that it needs while
// the pool is busy.
const ownIdleTimeout = time.Minute

// NewProbe returns a probe for a pool that was opened with rawURL. Close it
// before the pool.
func NewProbe(pool *sql.DB, rawURL string) (*Probe, error) {
	scheme, err := schemeOf(rawURL)
	if err != nil {
		return nil, err
	}
	driver, err := driverOf(scheme)
	if err != nil {
		return nil, err
	}
	if e, ok := driver.(EmbeddedDriver); ok && e.Embedded() {
		return &Probe{pool: pool}, nil
	}
	own, _, err := driver.Open(scheme + rawURL[len(scheme):])
	if err != nil {
		return nil, err
	}
	own.SetMaxOpenConns(1)
	own.SetConnMaxIdleTime(ownIdleTimeout)
	own.SetConnMaxLifetime(config.Default[Settings]().PoolMaxLifetime)
	return &Probe{pool: pool, own: own}, nil
}

// Ping returns nil when the database answers. While the pool has a connection to
// spare, or may open one, its word counts. While all are in use, Ping asks over
// a connection of its own, and takes it for an answer, too, that the server has
// no connection left: the pool has its own. An embedded database answers as
// long as its pool is busy.
func (p *Probe) Ping(ctx context.Context) error {
	if !p.busy() {
		waited, err := p.pingPool(ctx)
		if !waited || p.own == nil && !p.busy() {
			return err
		}
	}
	if p.own == nil {
		return nil
	}
	if err := p.own.PingContext(ctx); !isTooManyConnections(err) {
		return err
	}
	return nil
}

func (p *Probe) busy() bool {
	s := p.pool.Stats()
	return s.MaxOpenConnections > 0 && s.InUse >= s.MaxOpenConnections
}

// pingPool takes no more than half of the time that there is. It reports
// whether that was too short: another query may have been quicker to take the
// connection.
func (p *Probe) pingPool(ctx context.Context) (waited bool, err error) {
	half := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		half, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	err = p.pool.PingContext(half)
	return err != nil && half.Err() != nil && ctx.Err() == nil, err
}

// Close closes the probe's own connection.
func (p *Probe) Close() error {
	if p.own == nil {
		return nil
	}
	return p.own.Close()
}

// isTooManyConnections reports whether a server answers that it has no more.
func isTooManyConnections(err error) bool {
	var coded interface{ SQLState() string }
	return errors.As(err, &coded) && coded.SQLState() == "53300"
}
