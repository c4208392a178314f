package db

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// guard keeps the migrators of several processes apart, as a database can, on
// the connection that migrates.
type guard interface {
	// enter prepares a connection, which is not used again afterwards, and renew
	// prepares it for another file.
	enter(context.Context) error
	renew(context.Context) error
	// begin begins a transaction that no other migrator has at the same time.
	begin(context.Context) error
	// lock keeps other migrators away without a transaction, until unlock.
	lock(context.Context) error
	unlock(context.Context)
	// restore undoes what a file changed in its session, as far as noting the
	// migration depends on it.
	restore(context.Context) error
	// verify is called before a migration commits.
	verify(context.Context) error
}

func newGuard(conn bun.Conn, w *watcher) guard {
	if conn.Dialect().Name() == dialect.SQLite {
		return &sqliteGuard{conn: conn, watcher: w}
	}
	return &postgresGuard{conn: conn, watcher: w}
}

// acquire tries to get the lock of migrators until it has it, or fails, or ctx
// ends. When that takes long it calls report, which logs what has the lock and
// returns it.
func acquire(ctx context.Context, try func() (bool, error), report func(waited time.Duration) string) error {
	const longest = 500 * time.Millisecond
	began, next, held := time.Now(), slow, ""
	for delay := 10 * time.Millisecond; ; delay = min(2*delay, longest) {
		got, err := try()
		if ctx.Err() == nil && (got || err != nil) {
			return err
		}
		if waited := time.Since(began); waited >= next && ctx.Err() == nil {
			held, next = report(waited), waited+again
		}
		select {
		case <-ctx.Done():
			if held != "" {
				held = " (" + held + ")"
			}
			return fmt.Errorf("another process migrates the database%s; gave up waiting for it: %w", held, ctx.Err())
		case <-time.After(delay):
		}
	}
}
