package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
)

// Names are ordered as numbers; text and placeholders reach the database as
// they are written; a trigger is one statement.
func TestMigrationsRunAsWritten(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		body := "CREATE TRIGGER twice AFTER INSERT ON a BEGIN INSERT INTO b VALUES ('1;'); INSERT INTO b VALUES ('2'); END;"
		if isPostgres(d) {
			body = `CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN INSERT INTO b VALUES ('1;'); INSERT INTO b VALUES ('2'); RETURN NEW; END $$;
				CREATE TRIGGER twice AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION twice();`
		}
		m := migrator(t, d, files(
			"10_text.up.sql", "INSERT INTO a VALUES ('?0 ? \n\n;$1')",
			"9_tables.up.sql", "CREATE TABLE a (s TEXT);\nCREATE TABLE b (s TEXT);"+body,
		))
		if _, err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		var s string
		if err := d.QueryRowContext(t.Context(), "SELECT s FROM a").Scan(&s); err != nil || s != "?0 ? \n\n;$1" {
			t.Errorf("the text is %q, %v", s, err)
		}
		if got := count(t, d, "b"); got != 2 {
			t.Errorf("the trigger inserted %d rows", got)
		}
	})
}

func TestMigrationOutsideOfATransaction(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		if !isPostgres(d) {
			return // refused, see TestBadMigrationFiles
		}
		m := migrator(t, d, files(
			"1_a.up.sql", "CREATE TABLE a (i INT)",
			"2_index.up.sql", "-- needs no lock\n--keryx:no-transaction\nCREATE INDEX CONCURRENTLY ai ON a (i);",
			"3_half.up.sql", "--keryx:no-transaction\nCREATE TABLE half (i INT);\nSELECT 1/0",
		))
		applied, err := m.Up(t.Context())
		if len(applied) != 2 || err == nil || !strings.Contains(err.Error(), "3_half.up.sql, line 3: SELECT 1/0: ") ||
			!strings.HasSuffix(err.Error(), "(what the file says before line 3 took effect)") {
			t.Errorf("Up: %v, %v", applied, err)
		}
		if got := status(t, m); got != "1_a 2_index (3_half)" {
			t.Errorf("status is %s", got)
		}
		if got := count(t, d, "half"); got != 0 {
			t.Errorf("there are %d rows", got)
		}
	})
}

// Replacing a table keeps the rows that refer to it, and foreign keys are
// enforced again afterwards.
func TestSQLiteTableIsReplaced(t *testing.T) {
	d := open(t, "sqlite://:memory:", db.Options{PoolMax: 1})
	m := migrator(t, d, files(
		"1_a.up.sql", `CREATE TABLE parents (id INTEGER PRIMARY KEY);
			CREATE TABLE children (parent INT REFERENCES parents (id) ON DELETE CASCADE);
			INSERT INTO parents VALUES (1); INSERT INTO children VALUES (1);`,
		"2_b.up.sql", `CREATE TABLE replaced (id INTEGER PRIMARY KEY, name TEXT);
			INSERT INTO replaced (id) SELECT id FROM parents;
			DROP TABLE parents;
			ALTER TABLE replaced RENAME TO parents;`,
	))
	if _, err := m.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := count(t, d, "children"); got != 1 {
		t.Errorf("there are %d children", got)
	}
	if _, err := d.ExecContext(t.Context(), "INSERT INTO children VALUES (2)"); err == nil {
		t.Error("foreign keys are not enforced any more")
	}
	orphans := migrator(t, d, files("3_c.up.sql", "DELETE FROM parents"))
	if _, err := orphans.Up(t.Context()); err == nil || !strings.Contains(err.Error(), "3_c.up.sql: it leaves rows in children that refer to rows of parents that do not exist") {
		t.Errorf("the error is %v", err)
	}
	if got := count(t, d, "parents"); got != 1 {
		t.Errorf("there are %d parents", got)
	}
}

// A migrator that waits for another heeds its context, and the connection that
// it used is fine.
func TestMigratorWaitsNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		t.Parallel()
		d := open(t, url, db.Options{PoolMax: 2})
		release := holdLock(t, d)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		applied, err := migrator(t, d, twoTables).Up(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "another process migrates the database") {
			t.Errorf("Up: %v, %v", applied, err)
		}
		release()
		if applied, err := migrator(t, d, twoTables).Up(t.Context()); err != nil || len(applied) != 2 {
			t.Errorf("afterwards: %v, %v", applied, err)
		}
	})
}

// holdLock takes what migrators wait for.
func holdLock(t *testing.T, d *bun.DB) (release func()) {
	t.Helper()
	conn, err := d.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	take, give := "BEGIN IMMEDIATE", "ROLLBACK"
	if isPostgres(d) {
		const key = "(461263501688)"
		take, give = "SELECT pg_advisory_lock"+key, "SELECT pg_advisory_unlock"+key
	}
	run(t, conn, take)
	return func() {
		run(t, conn, give)
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The end of the context in the middle of a migration undoes it.
func TestMigrationEndsWithItsContext(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{PoolMax: 1})
		m := migrator(t, d, files("1_a.up.sql", "CREATE TABLE a (i INT);\nINSERT INTO a "+endless(d)))
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if applied, err := m.Up(ctx); !errors.Is(err, context.DeadlineExceeded) || len(applied) != 0 {
			t.Errorf("Up: %v, %v", applied, err)
		}
		mended := migrator(t, d, files("1_a.up.sql", "CREATE TABLE a (i INT)"))
		if applied, err := mended.Up(t.Context()); err != nil || len(applied) != 1 {
			t.Errorf("afterwards: %v, %v", applied, err)
		}
	})
}

// endless is a query that does not end by itself.
func endless(d *bun.DB) string {
	if isPostgres(d) {
		return "SELECT 1 FROM pg_sleep(600)"
	}
	return "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
}
