package sqlite_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/uptrace/bun"
	"modernc.org/sqlite"

	"github.com/keryx-go/keryx/db"
)

// state is what a connection's next user may notice.
const state = `SELECT (SELECT foreign_keys FROM pragma_foreign_keys) || (SELECT recursive_triggers FROM pragma_recursive_triggers)
	|| (SELECT query_only FROM pragma_query_only) || ('a' LIKE 'A') || (SELECT count(*) FROM pragma_database_list WHERE name <> 'main')
	|| (SELECT cache_size FROM pragma_cache_size) || (SELECT count(*) FROM sqlite_temp_master) || (SELECT count(*) FROM t)`

func ask(t *testing.T, q bun.IDB) (answer string) {
	t.Helper()
	if err := q.QueryRowContext(t.Context(), state).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// Changes of a query to its connection do not reach its next user; the parameters of
// the URL stay.
func TestConnectionsAreNotHandedOnChanged(t *testing.T) {
	const url = "sqlite://:memory:?_pragma=cache_size(-4321)"
	ways := map[string]func(d *bun.DB, query string) error{
		"pool": func(d *bun.DB, query string) error {
			_, err := d.ExecContext(t.Context(), query)
			return err
		},
		"rows": func(d *bun.DB, query string) error {
			rows, err := d.DB.QueryContext(t.Context(), query)
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			return rows.Close()
		},
		"connection": func(d *bun.DB, query string) error {
			conn, err := d.Conn(t.Context())
			if err != nil {
				return err
			}
			defer conn.Close()
			_, err = conn.ExecContext(t.Context(), query)
			return err
		},
		"prepared": func(d *bun.DB, query string) error {
			stmt, err := d.DB.PrepareContext(t.Context(), query)
			if err != nil {
				return err
			}
			defer stmt.Close()
			_, err = stmt.ExecContext(t.Context())
			return err
		},
	}
	for name, way := range ways {
		for _, query := range []string{
			"PRAGMA foreign_keys = OFF", "PRAGMA recursive_triggers = ON", "PRAGMA query_only(1)", "PRAGMA case_sensitive_like = ON", "PRAGMA cache_size = 7",
			"ATTACH ':memory:' AS other", "CREATE TEMP TABLE t AS SELECT 1", "CREATE TABLE temp.t AS SELECT 1", "BEGIN", "SAVEPOINT a",
		} {
			d, err := db.Open(t.Context(), url, db.Options{PoolMax: 2})
			if err != nil {
				t.Fatal(err)
			}
			run(t, d, "CREATE TABLE t (i INT)")
			before := ask(t, d)
			if err := way(d, query); err != nil {
				t.Errorf("%s, %s: %v", name, query, err)
			}
			if got := ask(t, d); got != before {
				t.Errorf("%s, %s: the connection is %s, want %s", name, query, got, before)
			}
			run(t, d, "INSERT INTO t VALUES (1)") // no transaction is open
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// Transactions, their savepoints and looking around keep the connection, and
// the driver's own interfaces are still there.
func TestConnectionsAreKept(t *testing.T) {
	d, err := db.Open(t.Context(), "sqlite://:memory:", db.Options{PoolMax: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	run(t, d, "CREATE TABLE t (i INT)")
	same := func() (found string) {
		conn, err := d.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		err = conn.Conn.Raw(func(c any) error {
			found = fmt.Sprintf("%p", c)
			_, hooks := c.(sqlite.HookRegisterer)
			_, columns := c.(interface {
				ColumnInfo(string) ([]sqlite.ColumnInfo, error)
			})
			if !hooks || !columns {
				t.Errorf("%T lacks the driver's interfaces", c)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return found
	}
	first := same()
	run(t, d, "PRAGMA foreign_keys")
	run(t, d, "PRAGMA table_info(t)")
	err = db.Transaction(t.Context(), d, func(ctx context.Context, _ bun.Tx) error {
		return db.Transaction(ctx, d, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO t VALUES (1)")
			return err
		})
	})
	if err != nil {
		t.Error(err)
	}
	if got := same(); got != first {
		t.Error("the connection is another")
	}
}
