package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// sqliteGuard holds the database's write lock during each transaction. The
// operating system takes it from a process that ends.
type sqliteGuard struct {
	conn     bun.Conn
	watcher  *watcher
	enforced bool // foreign keys, when the connection is not migrating
}

func (g *sqliteGuard) enter(ctx context.Context) error {
	if err := g.conn.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&g.enforced); err != nil {
		return err
	}
	_, err := g.conn.ExecContext(ctx, "PRAGMA foreign_keys = OFF") // of no effect within a transaction
	return err
}

func (g *sqliteGuard) renew(context.Context) error { return nil }

func (g *sqliteGuard) begin(ctx context.Context) error {
	defer g.watcher.watch(ctx, "a migration waits for the write lock of the database",
		"hint", "another connection or process has a transaction open; end it")()
	return acquire(ctx, func() (bool, error) {
		_, err := g.conn.ExecContext(ctx, "BEGIN IMMEDIATE")
		if isBusy(err) {
			return false, nil
		}
		return err == nil, err
	}, func(time.Duration) string { return "" })
}

// lock and unlock are for files without a transaction, which SQLite has none of.
func (g *sqliteGuard) lock(context.Context) error { return errors.ErrUnsupported }
func (g *sqliteGuard) unlock(context.Context)     {}

func (g *sqliteGuard) restore(ctx context.Context) error {
	_, err := g.conn.ExecContext(ctx, "PRAGMA query_only = OFF")
	return err
}

func (g *sqliteGuard) verify(ctx context.Context) error {
	if !g.enforced {
		return nil
	}
	defer g.watcher.watch(ctx, "checking the foreign keys after a migration takes long")()
	var table, parent string
	err := g.conn.QueryRowContext(ctx, `SELECT "table", "parent" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table, &parent)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("check foreign keys: %w", err)
	}
	return fmt.Errorf("it leaves rows in %s that refer to rows of %s that do not exist", table, parent)
}

// isBusy reports whether SQLite said that another connection holds the lock.
func isBusy(err error) bool {
	const busy = 5 // SQLITE_BUSY, the low byte of all its variants
	var coded interface{ Code() int }
	return errors.As(err, &coded) && coded.Code()&0xff == busy
}
