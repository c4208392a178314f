package db_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
)

// journal notes what happens, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

// effect returns a function for AfterCommit that notes its name.
func (j *journal) effect(name string) func(context.Context) {
	return func(context.Context) { j.add(name) }
}

func TestAfterCommit(t *testing.T) {
	t.Parallel()
	type body func(ctx context.Context, d *bun.DB, j *journal) error
	nested := func(name string, err error) body {
		return func(ctx context.Context, d *bun.DB, j *journal) error {
			return db.Transaction(ctx, d, func(ctx context.Context, _ bun.Tx) error {
				db.AfterCommit(ctx, d, j.effect(name))
				return err
			})
		}
	}
	for name, test := range map[string]struct {
		body body
		want string
	}{
		"commit": {func(ctx context.Context, d *bun.DB, j *journal) error {
			db.AfterCommit(ctx, d, j.effect("a"))
			db.AfterCommit(ctx, d, j.effect("b"))
			return nil
		}, "end a b"},
		"rollback": {func(ctx context.Context, d *bun.DB, j *journal) error {
			db.AfterCommit(ctx, d, j.effect("a"))
			return errFailed
		}, "end"},
		"panic": {func(ctx context.Context, d *bun.DB, j *journal) error {
			db.AfterCommit(ctx, d, j.effect("a"))
			panic("oops")
		}, "panicked"},
		"savepoint released": {func(ctx context.Context, d *bun.DB, j *journal) error {
			db.AfterCommit(ctx, d, j.effect("a"))
			err := nested("b", nil)(ctx, d, j)
			db.AfterCommit(ctx, d, j.effect("c"))
			return err
		}, "end a b c"},
		"savepoint rolled back": {func(ctx context.Context, d *bun.DB, j *journal) error {
			db.AfterCommit(ctx, d, j.effect("a"))
			_ = nested("b", errFailed)(ctx, d, j)
			db.AfterCommit(ctx, d, j.effect("c"))
			return nil
		}, "end a c"},
		"savepoint of a savepoint": {func(ctx context.Context, d *bun.DB, j *journal) error {
			_ = db.Transaction(ctx, d, func(ctx context.Context, _ bun.Tx) error {
				return nested("b", nil)(ctx, d, j)
			})
			return nil
		}, "end b"},
		"savepoint of a savepoint that is rolled back": {func(ctx context.Context, d *bun.DB, j *journal) error {
			_ = db.Transaction(ctx, d, func(ctx context.Context, _ bun.Tx) error {
				_ = nested("b", nil)(ctx, d, j)
				return errFailed
			})
			return nil
		}, "end"},
		"commit fails": {func(ctx context.Context, d *bun.DB, j *journal) error {
			db.AfterCommit(ctx, d, j.effect("a"))
			return db.From(ctx, d).(bun.Tx).Rollback()
		}, "end"},
		"effects of an effect": {func(ctx context.Context, d *bun.DB, j *journal) error {
			db.AfterCommit(ctx, d, func(ctx context.Context) {
				db.AfterCommit(ctx, d, j.effect("a"))
				_ = nested("b", nil)(ctx, d, j)
			})
			db.AfterCommit(ctx, d, j.effect("c"))
			return nil
		}, "end a b c"},
		"context of a savepoint that is over": {func(ctx context.Context, d *bun.DB, j *journal) error {
			var kept context.Context
			_ = db.Transaction(ctx, d, func(ctx context.Context, _ bun.Tx) error {
				kept = ctx
				return errFailed
			})
			db.AfterCommit(kept, d, j.effect("a"))
			return nil
		}, "end a"},
	} {
		t.Run(name, func(t *testing.T) {
			withTable(t, func(t *testing.T, d *bun.DB) {
				var j journal
				func() {
					defer func() {
						if recover() != nil {
							j.add("panicked")
						}
					}()
					_ = db.Transaction(t.Context(), d, func(ctx context.Context, _ bun.Tx) error {
						err := test.body(ctx, d, &j)
						j.add("end")
						return err
					})
				}()
				if got := strings.Join(j.lines, " "); got != test.want {
					t.Errorf("%s, want %s", got, test.want)
				}
			})
		})
	}
}

func TestAfterCommitOutsideATransaction(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		other := open(t, "sqlite://:memory:", db.Options{})
		var j journal
		db.AfterCommit(t.Context(), d, j.effect("none"))
		db.AfterCommit(t.Context(), nil, j.effect("no database"))
		_ = db.Transaction(t.Context(), other, func(ctx context.Context, _ bun.Tx) error {
			db.AfterCommit(ctx, d, j.effect("another database"))
			return errFailed
		})
		if want := []string{"none", "no database", "another database"}; !slices.Equal(j.lines, want) {
			t.Errorf("%q, want %q", j.lines, want)
		}
	})
}

// An effect sees what was committed, with the values of the context that it was given
// with, after the end of that context, and outside the transaction.
func TestContextOfAnEffect(t *testing.T) {
	type key struct{}
	withTable(t, func(t *testing.T, d *bun.DB) {
		ran := false
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Transaction(ctx, d, func(ctx context.Context, tx bun.Tx) error {
			run(t, tx, "INSERT INTO t VALUES (1)")
			inner, end := context.WithCancel(context.WithValue(ctx, key{}, "kept"))
			db.AfterCommit(inner, d, func(ctx context.Context) {
				ran = true
				if _, bounded := ctx.Deadline(); ctx.Err() != nil || !bounded || ctx.Value(key{}) != "kept" {
					t.Errorf("the context has %v, a deadline: %t, the value %v", ctx.Err(), bounded, ctx.Value(key{}))
				}
				if db.From(ctx, d) != bun.IDB(d) || db.SQL(ctx, d) != db.DBTX(d.DB) {
					t.Error("the context is in a transaction")
				}
				if got := count(t, d, "t"); got != 1 {
					t.Errorf("there are %d rows", got)
				}
			})
			end()
			return nil
		})
		cancel()
		if err != nil || !ran {
			t.Errorf("ran: %t, error: %v", ran, err)
		}
	})
}

// One effect that fails, in whatever way, changes nothing for the others, nor for the
// caller of Transaction.
func TestEffectsThatFail(t *testing.T) {
	var log bytes.Buffer
	previous := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(previous) })

	d := open(t, "sqlite://:memory:", db.Options{})
	var j journal
	err := db.Transaction(t.Context(), d, func(ctx context.Context, _ bun.Tx) error {
		db.AfterCommit(ctx, d, func(context.Context) { panic("oops") })
		db.AfterCommit(ctx, d, j.effect("a"))
		return nil
	})
	if err != nil || len(j.lines) != 1 || !strings.Contains(log.String(), "panic: oops") {
		t.Errorf("%v, %q, %s", err, j.lines, &log)
	}
	var exited sync.WaitGroup
	exited.Go(func() {
		_ = db.Transaction(t.Context(), d, func(ctx context.Context, _ bun.Tx) error {
			db.AfterCommit(ctx, d, func(context.Context) { runtime.Goexit() })
			db.AfterCommit(ctx, d, j.effect("b"))
			return nil
		})
	})
	exited.Wait()
	if len(j.lines) != 2 {
		t.Errorf("after a Goexit %q", j.lines)
	}
}

// A context that outlives its transaction leads to the database.
func TestContextOutlivesItsTransaction(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		var outer, inner context.Context
		err := db.Transaction(t.Context(), d, func(ctx context.Context, _ bun.Tx) error {
			outer = ctx
			_ = db.Transaction(ctx, d, func(ctx context.Context, tx bun.Tx) error {
				inner = ctx
				return insert(t, errFailed)(ctx, tx)
			})
			run(t, db.From(inner, d), "INSERT INTO t VALUES (1)") // the savepoint is over, the transaction is not
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, ctx := range []context.Context{outer, inner} {
			if db.From(ctx, d) != bun.IDB(d) {
				t.Error("From is not the database")
			}
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			if err := db.Transaction(ctx, d, insert(t, nil)); err != nil {
				t.Error(err)
			}
		}
		if got := count(t, d, "t"); got != 3 {
			t.Errorf("there are %d rows, want 3", got)
		}
	})
}

// sqlcDBTX is a copy of what sqlc generates, and the constructor of its queries.
type sqlcDBTX interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	PrepareContext(context.Context, string) (*sql.Stmt, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

func TestSQL(t *testing.T) {
	withTable(t, func(t *testing.T, d *bun.DB) {
		insert := func(ctx context.Context) error {
			var q sqlcDBTX = db.SQL(ctx, d)
			stmt, err := q.PrepareContext(ctx, "INSERT INTO t VALUES ($1)")
			if err != nil {
				return err
			}
			defer stmt.Close()
			_, err = stmt.ExecContext(ctx, 7)
			return err
		}
		if err := insert(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = db.Transaction(t.Context(), d, func(ctx context.Context, _ bun.Tx) error {
			if err := insert(ctx); err != nil {
				t.Error(err)
			}
			var n int
			if err := db.SQL(ctx, d).QueryRowContext(ctx, "SELECT count(*) FROM t WHERE i = $1", 7).Scan(&n); err != nil || n != 2 {
				t.Errorf("inside there are %d rows, %v", n, err)
			}
			return errFailed
		})
		if got := count(t, d, "t"); got != 1 {
			t.Errorf("there are %d rows after a rollback", got)
		}
	})
	if err := db.Transaction(t.Context(), nil, nil); err == nil {
		t.Error("a transaction of no database")
	}
	if q := db.SQL(t.Context(), nil); q != nil {
		t.Errorf("without a database: %v", q)
	}
}
