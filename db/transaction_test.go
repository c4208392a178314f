package db_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/eventually"
)

var errFailed = errors.New("failed")

// withTable runs a test over every database, with an empty table t (i INT).
func withTable(t *testing.T, test func(t *testing.T, d *bun.DB)) {
	t.Helper()
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		run(t, d, "CREATE TABLE t (i INT)")
		test(t, d)
	})
}

// insert is a transaction's fn: it inserts a row and returns err.
func insert(t *testing.T, err error) func(context.Context, bun.Tx) error {
	return func(_ context.Context, tx bun.Tx) error {
		run(t, tx, "INSERT INTO t VALUES (1)")
		return err
	}
}

func TestTransactionCommits(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		if err := db.Transaction(t.Context(), d, insert(t, nil)); err != nil {
			t.Fatal(err)
		}
		if got := count(t, d, "t"); got != 1 {
			t.Errorf("there are %d rows", got)
		}
	})
}

func TestTransactionRollsBack(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		if err := db.Transaction(t.Context(), d, insert(t, errFailed)); err != errFailed {
			t.Errorf("the error is %v", err)
		}
		func() {
			defer func() {
				if p := recover(); p != "oops" {
					t.Errorf("the panic is %v", p)
				}
			}()
			_ = db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
				_ = insert(t, nil)(ctx, tx)
				panic("oops")
			})
		}()
		var exited sync.WaitGroup
		exited.Go(func() {
			_ = db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
				_ = insert(t, nil)(ctx, tx)
				runtime.Goexit()
				return nil
			})
		})
		exited.Wait()
		if got := count(t, d, "t"); got != 0 {
			t.Errorf("there are %d rows", got)
		}
		if stats := d.Stats(); stats.InUse != 0 {
			t.Errorf("%d connections are in use", stats.InUse)
		}
	})
}

// Other connections do not see uncommitted changes, and do not wait for them to read.
func TestTransactionIsIsolated(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		err := db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
			run(t, tx, "INSERT INTO t VALUES (1)")
			if inside, outside := count(t, tx, "t"), count(t, d, "t"); inside != 1 || outside != 0 {
				t.Errorf("inside there are %d rows, outside %d", inside, outside)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestFrom(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		if db.From(t.Context(), d) != bun.IDB(d) {
			t.Error("outside of a transaction From is not the database")
		}
		_ = db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
			run(t, db.From(ctx, d), "INSERT INTO t VALUES (1)")
			if got := count(t, tx, "t"); got != 1 {
				t.Errorf("From is not the transaction: it has %d rows", got)
			}
			return errFailed
		})
		if got := count(t, d, "t"); got != 0 {
			t.Errorf("there are %d rows", got)
		}
	})
}

func TestNestedTransactionJoins(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		nested := func(inner, outer error) error {
			return db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
				run(t, tx, "INSERT INTO t VALUES (1)")
				if err := db.Transaction(ctx, d, insert(t, inner)); err != inner {
					t.Errorf("the inner error is %v, want %v", err, inner)
				}
				if got := count(t, d, "t"); got != 0 {
					t.Errorf("%d rows were committed by the inner transaction", got)
				}
				return outer
			})
		}
		if err := nested(nil, errFailed); err != errFailed {
			t.Errorf("the error is %v", err)
		}
		if got := count(t, d, "t"); got != 0 {
			t.Errorf("the outer failed: there are %d rows", got)
		}
		if err := nested(nil, nil); err != nil {
			t.Error(err)
		}
		if got := count(t, d, "t"); got != 2 {
			t.Errorf("both were fine: there are %d rows", got)
		}
		run(t, d, "DELETE FROM t")
		if err := nested(errFailed, nil); err != nil {
			t.Error(err)
		}
		if got := count(t, d, "t"); got != 1 {
			t.Errorf("the inner failed: there are %d rows", got)
		}
	})
}

// An SQL error in the inner transaction, which on Postgres makes the rest of
// a transaction fail, leaves the outer one usable.
func TestOuterTransactionSurvivesInnerError(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		err := db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
			err := db.Transaction(ctx, d, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO nothing VALUES (1)")
				return err
			})
			if err == nil {
				t.Error("the table nothing exists")
			}
			return insert(t, nil)(ctx, tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := count(t, d, "t"); got != 1 {
			t.Errorf("there are %d rows", got)
		}
	})
}

// On Postgres a statement that fails makes the savepoint impossible to release, also when
// fn takes no notice of it. SQLite keeps what the other statements have done.
func TestOuterTransactionSurvivesASavepointThatIsNotReleased(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		var inner error
		err := db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
			inner = db.Transaction(ctx, d, func(ctx context.Context, tx bun.Tx) error {
				db.AfterCommit(ctx, d, func(context.Context) {
					if isPostgres(d) {
						t.Error("an effect of what was undone")
					}
				})
				_ = insert(t, nil)(ctx, tx)
				_, _ = tx.ExecContext(ctx, "INSERT INTO nothing VALUES (1)")
				return nil
			})
			return insert(t, nil)(ctx, tx)
		})
		if failed := inner != nil; err != nil || failed != isPostgres(d) {
			t.Fatalf("the inner error is %v, the outer %v", inner, err)
		}
		want := 2
		if isPostgres(d) {
			want = 1
		}
		if got := count(t, d, "t"); got != want {
			t.Errorf("there are %d rows, want %d", got, want)
		}
	})
}

func TestInnerPanicUndoesInner(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		err := db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
			func() {
				defer func() { _ = recover() }()
				_ = db.Transaction(ctx, d, func(ctx context.Context, tx bun.Tx) error {
					_ = insert(t, nil)(ctx, tx)
					panic("oops")
				})
			}()
			return nil
		})
		if got := count(t, d, "t"); err != nil || got != 0 {
			t.Errorf("there are %d rows, the error is %v", got, err)
		}
	})
}

func TestTransactionsOfTwoDatabasesAreApart(t *testing.T) {
	withTable(t, func(t *testing.T, one *bun.DB) {
		two := open(t, "sqlite://:memory:", db.Options{})
		run(t, two, "CREATE TABLE t (i INT)")
		_ = db.Transaction(t.Context(), one, func(ctx context.Context, _ bun.Tx) error {
			if db.From(ctx, two) != bun.IDB(two) {
				t.Error("From returns the transaction of another database")
			}
			err := db.Transaction(ctx, two, func(ctx context.Context, tx bun.Tx) error {
				run(t, db.From(ctx, one), "INSERT INTO t VALUES (1)")
				return insert(t, nil)(ctx, tx)
			})
			if err != nil {
				t.Error(err)
			}
			return errFailed
		})
		if got := count(t, one, "t"); got != 0 {
			t.Errorf("the one has %d rows", got)
		}
		if got := count(t, two, "t"); got != 1 {
			t.Errorf("the other has %d rows", got)
		}
	})
}

func TestTransactionEndsWithItsContext(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Transaction(ctx, d, func(ctx context.Context, tx bun.Tx) error {
			_ = insert(t, nil)(ctx, tx)
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
		if err := db.Transaction(ctx, d, insert(t, nil)); !errors.Is(err, context.Canceled) {
			t.Errorf("a transaction began: %v", err)
		}
		eventually.True(t, "the connection is given back", func() bool { return d.Stats().InUse == 0 })
		if got := count(t, d, "t"); got != 0 {
			t.Errorf("there are %d rows", got)
		}
	})
}

// The inner context ends, the outer does not: the inner changes are undone all the
// same.
func TestInnerContextEnds(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		err := db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
			inner, cancel := context.WithCancel(ctx)
			err := db.Transaction(inner, d, func(ctx context.Context, tx bun.Tx) error {
				_ = insert(t, nil)(ctx, tx)
				cancel()
				return ctx.Err()
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the inner error is %v", err)
			}
			return insert(t, nil)(ctx, tx)
		})
		if got := count(t, d, "t"); err != nil || got != 1 {
			t.Errorf("there are %d rows, the error is %v", got, err)
		}
	})
}

// Writers of one database wait for each other instead of failing.
func TestConcurrentWriters(t *testing.T) {
	const writers, rounds = 8, 15
	withTable(t, func(t *testing.T, d *bun.DB) {
		run(t, d, "INSERT INTO t VALUES (0)")
		var running sync.WaitGroup
		for range writers {
			running.Go(func() {
				for range rounds {
					err := db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
						forUpdate := ""
						if isPostgres(tx) {
							forUpdate = " FOR UPDATE"
						}
						var i int
						if err := tx.QueryRowContext(ctx, "SELECT i FROM t"+forUpdate).Scan(&i); err != nil {
							return err
						}
						_, err := tx.ExecContext(ctx, "UPDATE t SET i = ?", i+1)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		running.Wait()
		if got := number(t, d, "SELECT i FROM t"); got != writers*rounds {
			t.Errorf("the counter is %d, want %d", got, writers*rounds)
		}
	})
}

// A writer that waits for another gives up when its context ends.
func TestWaitingWriterHeedsItsContext(t *testing.T) {
	t.Parallel()
	withTable(t, func(t *testing.T, d *bun.DB) {
		run(t, d, "INSERT INTO t VALUES (0)")
		err := db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
			run(t, tx, "UPDATE t SET i = 1")
			waiting, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			began := time.Now()
			if _, err := d.ExecContext(waiting, "UPDATE t SET i = 2"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the error is %v", err)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
