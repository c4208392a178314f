package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// txKey is the context key of a database's open transaction: two databases
// have two.
type txKey struct{ pool *sql.DB }

// Transaction runs fn in a transaction: it commits when fn returns nil, and
// rolls back when fn returns an error, panics (the panic goes on) or ends its
// goroutine. An error of fn is returned as it is. fn's queries go through tx, or
// through [From] with fn's context.
//
// A call with the context of another call's fn joins that transaction: nothing
// is committed before the outermost call returns, and everything is rolled
// back when that one fails. When the inner fn fails, what it wrote is undone
// at once, by a savepoint, so that the outer fn may handle the error and go on.
//
// The end of ctx rolls back too. On SQLite the transaction takes the write
// lock when it begins, and waits for it.
//
// A transaction is one connection: goroutines started by fn must not use its
// context or tx for queries, neither at the same time nor after fn returns.
func Transaction(ctx context.Context, db *bun.DB, fn func(ctx context.Context, tx bun.Tx) error) error {
	if outer, ok := ctx.Value(txKey{db.DB}).(bun.Tx); ok {
		return savepoint(ctx, db, outer, fn)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	return run(ctx, db, tx, fn)
}

// From returns the transaction that ctx is in, by [Transaction] on the same
// database, or db outside one. Queries made through it are right in both.
func From(ctx context.Context, db *bun.DB) bun.IDB {
	if db == nil {
		return nil
	}
	if tx, ok := ctx.Value(txKey{db.DB}).(bun.Tx); ok {
		return tx
	}
	return db
}

func savepoint(ctx context.Context, db *bun.DB, outer bun.Tx, fn func(context.Context, bun.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("begin savepoint: %w", err)
	}
	// The savepoint must be undone even when ctx, which may end before the
	// outer transaction's does, has ended.
	tx, err := outer.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("begin savepoint: %w", err)
	}
	return run(ctx, db, tx, fn)
}

// run calls fn and ends the transaction or savepoint tx.
func run(ctx context.Context, db *bun.DB, tx bun.Tx, fn func(context.Context, bun.Tx) error) (err error) {
	ended := false
	defer func() {
		if !ended { // by a panic or by runtime.Goexit
			_ = tx.Rollback()
		}
	}()
	err = fn(context.WithValue(ctx, txKey{db.DB}, tx), tx)
	ended = true
	if err != nil {
		if failed := tx.Rollback(); failed != nil && !errors.Is(failed, sql.ErrTxDone) && ctx.Err() == nil {
			return fmt.Errorf("%w (and the rollback failed: %w)", err, failed)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			err = ctx.Err() // why it was rolled back
		}
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}
