package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// guard keeps the migrators of several processes apart, as a database can, on
// the connection that migrates.
type guard interface {
	// enter prepares the connection and leave undoes that, even when enter
	// failed half-way.
	enter(context.Context) error
	leave(context.Context) error
	// begin begins a transaction that no other migrator has at the same time.
	begin(context.Context) error
	// verify is called before a migration commits.
	verify(context.Context) error
}

func newGuard(conn bun.Conn) guard {
	if conn.Dialect().Name() == dialect.SQLite {
		return &sqliteGuard{conn: conn}
	}
	return &postgresGuard{conn: conn}
}

// postgresGuard holds an advisory lock from enter to leave. The server gives
// it back when the session ends.
type postgresGuard struct {
	conn   bun.Conn
	locked bool
}

// lockKey is the advisory lock of migrators: an arbitrary number.
const lockKey = 0x6b65727978

// watchful makes the server see soon that a client is gone, even in the middle
// of a long statement, and so give its lock back.
var watchful = []string{
	"client_connection_check_interval = '1s'",
	"tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3",
}

func (g *postgresGuard) enter(ctx context.Context) error {
	for _, setting := range watchful {
		// Servers before 14 do not know the first. If the connection is
		// broken, what follows says so.
		_, _ = g.conn.ExecContext(ctx, "SET "+setting)
	}
	// The lock is asked for again and again: waiting for it in the server would
	// hold a snapshot, and whoever has the lock may be in a CREATE INDEX
	// CONCURRENTLY, which waits for all snapshots to be given up.
	return wait(ctx, func() (bool, error) {
		err := g.conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(?)", lockKey).Scan(&g.locked)
		return g.locked, err
	})
}

func (g *postgresGuard) leave(ctx context.Context) error {
	for _, setting := range watchful {
		name, _, _ := strings.Cut(setting, " ")
		_, _ = g.conn.ExecContext(ctx, "RESET "+name)
	}
	if !g.locked {
		return g.conn.PingContext(ctx)
	}
	var released bool
	err := g.conn.QueryRowContext(ctx, "SELECT pg_advisory_unlock(?)", lockKey).Scan(&released)
	if err == nil && !released {
		err = errors.New("the lock is not held any more")
	}
	return err
}

func (g *postgresGuard) begin(ctx context.Context) error {
	_, err := g.conn.ExecContext(ctx, "BEGIN")
	return err
}

func (g *postgresGuard) verify(context.Context) error { return nil }

// sqliteGuard holds the database's write lock during each transaction. The
// operating system takes it from a process that ends.
type sqliteGuard struct {
	conn     bun.Conn
	enforced bool // foreign keys, when the connection is not migrating
}

func (g *sqliteGuard) enter(ctx context.Context) error {
	if err := g.conn.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&g.enforced); err != nil {
		return err
	}
	_, err := g.conn.ExecContext(ctx, "PRAGMA foreign_keys = OFF") // of no effect within a transaction
	return err
}

func (g *sqliteGuard) leave(ctx context.Context) error {
	if !g.enforced {
		return nil
	}
	_, err := g.conn.ExecContext(ctx, "PRAGMA foreign_keys = ON")
	return err
}

func (g *sqliteGuard) begin(ctx context.Context) error {
	return wait(ctx, func() (bool, error) {
		_, err := g.conn.ExecContext(ctx, "BEGIN IMMEDIATE")
		if isBusy(err) {
			return false, nil
		}
		return err == nil, err
	})
}

func (g *sqliteGuard) verify(ctx context.Context) error {
	if !g.enforced {
		return nil
	}
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

// wait tries to get a lock until it has it, or fails, or ctx ends.
func wait(ctx context.Context, try func() (bool, error)) error {
	const longest = 500 * time.Millisecond
	for delay := 10 * time.Millisecond; ; delay = min(2*delay, longest) {
		got, err := try()
		if ctx.Err() == nil && (got || err != nil) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another process migrates the database; gave up waiting for it: %w", ctx.Err())
		case <-time.After(delay):
		}
	}
}
