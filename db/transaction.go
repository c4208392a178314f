package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

var errNoDatabase = errors.New("begin transaction: there is no database; set DATABASE_URL")

// Transaction runs fn in a transaction: it commits when fn returns nil, and
// rolls back when fn returns an error, panics (the panic goes on) or ends its
// goroutine. An error of fn is returned as it is. fn's queries go through tx, or
// through [From] with fn's context.
//
// A call with the context of another call's fn joins that transaction: nothing
// is committed before the outermost call returns, and everything is rolled
// back when that one fails. When the inner fn fails, what it wrote is undone
// at once, by a savepoint, so that the outer fn may handle the error and go on. It
// cannot when a context has interrupted a query, even if that is the context of the
// inner call alone: Postgres then loses the connection, SQLite rolls back the whole
// transaction if the query was writing, and every later query fails.
//
// The end of ctx rolls back too. On SQLite the transaction takes the write
// lock when it begins, and waits for it.
//
// A transaction is one connection: goroutines started by fn must not use its
// context or tx for queries at the same time. When fn has returned, its context
// is in no transaction any more: [From] returns db, and Transaction begins another.
//
// What must not happen before the commit, such as a broadcast, is for [AfterCommit].
func Transaction(ctx context.Context, db *bun.DB, fn func(ctx context.Context, tx bun.Tx) error) error {
	if db == nil {
		return errNoDatabase
	}
	if outer := scopeOf(ctx, db); outer != nil {
		return savepoint(ctx, db, outer, fn)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	s := &scope{tx: tx}
	if err := run(ctx, db, s, fn); err != nil {
		return err
	}
	runEffects(s.effects)
	return nil
}

// From returns the transaction that ctx is in, by [Transaction] on the same
// database, or db outside one. Queries made through it are right in both.
func From(ctx context.Context, db *bun.DB) bun.IDB {
	if db == nil {
		return nil
	}
	if s := scopeOf(ctx, db); s != nil {
		return s.tx
	}
	return db
}

// DBTX runs queries with the types of database/sql. It is the interface of that name
// in the code that sqlc generates for database/sql.
type DBTX interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// SQL is [From] for code that knows nothing of bun: it returns the [sql.Tx] that ctx
// is in, or the [sql.DB] outside a transaction. Its placeholders are those of the
// driver, $1 for Postgres, and query hooks of bun do not see its queries.
func SQL(ctx context.Context, db *bun.DB) DBTX {
	if db == nil {
		return nil
	}
	if s := scopeOf(ctx, db); s != nil {
		return s.tx.Tx
	}
	return db.DB
}

func savepoint(ctx context.Context, db *bun.DB, outer *scope, fn func(context.Context, bun.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("begin savepoint: %w", err)
	}
	// The savepoint must be undone even when ctx, which may end before the
	// outer transaction's does, has ended.
	tx, err := outer.tx.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("begin savepoint: %w", err)
	}
	s := &scope{outer: outer, tx: tx}
	if err := run(ctx, db, s, fn); err != nil {
		return err
	}
	outer.adopt(s.effects)
	return nil
}

// run calls fn and ends the transaction or savepoint of s.
func run(ctx context.Context, db *bun.DB, s *scope, fn func(context.Context, bun.Tx) error) (err error) {
	tx, returned := s.tx, false
	defer func() {
		if !returned { // but ended by a panic or by runtime.Goexit
			s.end()
			_ = tx.Rollback()
		}
	}()
	err = fn(context.WithValue(ctx, scopeKey{db.DB}, s), tx)
	returned = true
	s.end()
	if err != nil {
		if failed := tx.Rollback(); failed != nil && !errors.Is(failed, sql.ErrTxDone) && ctx.Err() == nil {
			return fmt.Errorf("%w (and the rollback failed: %w)", err, failed)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		if s.outer != nil { // a transaction has ended, a savepoint has not
			_ = tx.Rollback()
		}
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			err = ctx.Err() // why it was rolled back
		}
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}
