package db

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// engine is what only a program with a database needs. [Register] links it, and
// nothing but drivers calls that, so that a program without one carries neither
// bun nor the migrator: 0.8 MB of 12.
type engine struct {
	connect  func(ctx context.Context, pool *sql.DB, dialect schema.Dialect, o Options) (*bun.DB, error)
	migrator func(db *bun.DB, fsys fs.FS) (runner, error)
}

// linked is nil in a program without a driver.
var linked *engine

func link() { linked = &engine{connect: connect, migrator: newSequence} }

// connect sets up a pool and proves that the database answers.
func connect(ctx context.Context, pool *sql.DB, dialect schema.Dialect, o Options) (*bun.DB, error) {
	pool.SetMaxOpenConns(o.PoolMax)
	pool.SetMaxIdleConns(o.PoolMax)
	pool.SetConnMaxIdleTime(o.PoolIdleTimeout)
	pool.SetConnMaxLifetime(o.PoolMaxLifetime)

	if err := prove(ctx, pool, o.Timeout); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return bun.NewDB(pool, dialect), nil
}
