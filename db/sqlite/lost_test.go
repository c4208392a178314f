package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
)

const forever = "INSERT INTO big WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c"

// SQLite rolls a transaction back by itself when a statement is interrupted, or the disk
// is full. What the transaction does after that must not take effect by itself.
func TestTransactionThatSQLiteHasRolledBack(t *testing.T) {
	for name, test := range map[string]struct {
		parameters string
		timeout    time.Duration
	}{
		"interrupted": {"", 50 * time.Millisecond},
		"disk full":   {"?_pragma=max_page_count(50)", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := db.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "app.db")+test.parameters, db.Options{PoolMax: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			for _, s := range []string{"CREATE TABLE big (i INT)", "CREATE TABLE t (i INT)"} {
				if _, err := d.ExecContext(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			for _, nested := range []bool{false, true} {
				var failed error
				err = db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error {
					if _, err := tx.ExecContext(ctx, "INSERT INTO t VALUES (1)"); err != nil {
						return err
					}
					bounded, cancel := context.WithTimeout(ctx, test.timeout)
					defer cancel()
					if nested {
						failed = db.Transaction(bounded, d, func(ctx context.Context, tx bun.Tx) error {
							_, err := tx.ExecContext(ctx, forever)
							return err
						})
					} else {
						_, failed = tx.ExecContext(bounded, forever)
					}
					_, err := tx.ExecContext(ctx, "INSERT INTO t VALUES (2)")
					return err
				})
				if failed == nil || err == nil {
					t.Errorf("the statement: %v, the transaction: %v", failed, err)
				}
				var rows int
				if err := d.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM big)").Scan(&rows); err != nil || rows != 0 {
					t.Errorf("nested: %t: %d rows took effect, %v", nested, rows, err)
				}
				if err := db.Transaction(t.Context(), d, func(ctx context.Context, tx bun.Tx) error { return nil }); err != nil {
					t.Errorf("the next one: %v", err)
				}
			}
		})
	}
}
