package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
)

// files returns a file system of names and what is in them.
func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// twoTables is two migrations, in a folder as an embed.FS has one.
var twoTables = files(
	"migrations/20260101000000_a.up.sql", "CREATE TABLE a (i INT);\nINSERT INTO a VALUES (1);",
	"migrations/20260101000000_a.down.sql", "DROP TABLE a",
	"migrations/20260102000000_b.tx.up.sql", "CREATE TABLE b (i INT)",
	"migrations/20260102000000_b.tx.down.sql", "DROP TABLE b",
	"migrations/.keep", "",
)

func migrator(t *testing.T, d *bun.DB, fsys fstest.MapFS) *db.Migrator {
	t.Helper()
	m, err := db.NewMigrator(d, fsys)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// status returns the names of all migrations, those not applied in parentheses
// and the missing with a question mark.
func status(t *testing.T, m *db.Migrator) string {
	t.Helper()
	all, err := m.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, migration := range all {
		name := migration.Name
		if !migration.Applied() {
			name = "(" + name + ")"
		} else if age := time.Since(migration.AppliedAt); age < -time.Minute || age > time.Hour {
			t.Errorf("%s was applied at %v", name, migration.AppliedAt)
		}
		if migration.Missing {
			name += "?"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestMigrationsUpAndDown(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{PoolMax: 1})
		m := migrator(t, d, twoTables)
		check := func(want string) {
			t.Helper()
			if got := status(t, m); got != want {
				t.Errorf("status is %s, want %s", got, want)
			}
		}
		check("(20260101000000_a) (20260102000000_b)")
		if got := number(t, d, noteTableCount(d)); got != 0 {
			t.Error("Status made a table")
		}

		applied, err := m.Up(t.Context())
		if err != nil || !slices.Equal(applied, []string{"20260101000000_a", "20260102000000_b"}) {
			t.Fatalf("Up: %v, %v", applied, err)
		}
		check("20260101000000_a 20260102000000_b")
		if applied, err := m.Up(t.Context()); err != nil || len(applied) != 0 {
			t.Errorf("a second Up: %v, %v", applied, err)
		}
		run(t, d, "INSERT INTO b SELECT i FROM a")

		for _, want := range []string{"20260102000000_b", "20260101000000_a", ""} {
			if name, err := m.Down(t.Context()); err != nil || name != want {
				t.Errorf("Down: %q, %v, want %q", name, err, want)
			}
		}
		check("(20260101000000_a) (20260102000000_b)")
		if applied, err := m.Up(t.Context()); err != nil || len(applied) != 2 {
			t.Errorf("Up after Down: %v, %v", applied, err)
		}
	})
}

func noteTableCount(d *bun.DB) string {
	if isPostgres(d) {
		return "SELECT count(*) FROM pg_tables WHERE tablename = 'bun_migrations'"
	}
	return "SELECT count(*) FROM sqlite_master WHERE name = 'bun_migrations'"
}

// tableCount is a query that counts the tables, without that of the notes.
func tableCount(d *bun.DB) string {
	if isPostgres(d) {
		return "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'bun_migrations'"
	}
	return "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT IN ('bun_migrations', 'sqlite_sequence')"
}

// A migration that fails leaves nothing: no statement, no note.
func TestFailedMigrationLeavesNoTrace(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		broken := files(
			"1_fine.up.sql", "CREATE TABLE fine (i INT)",
			"2_broken.up.sql", "CREATE TABLE broken (i INT);\n\n-- this\nINSERT INTO\n  nothing VALUES (1);\nSELECT 1",
			"3_later.up.sql", "CREATE TABLE later (i INT)",
		)
		m := migrator(t, d, broken)
		applied, err := m.Up(t.Context())
		if !slices.Equal(applied, []string{"1_fine"}) {
			t.Errorf("applied %v", applied)
		}
		if err == nil || !strings.Contains(err.Error(), "2_broken.up.sql, line 4: INSERT INTO …: ") || !strings.Contains(err.Error(), "nothing") {
			t.Errorf("the error is %v", err)
		}
		if got := status(t, m); got != "1_fine (2_broken) (3_later)" {
			t.Errorf("status is %s", got)
		}
		run(t, d, "CREATE TABLE broken (i INT)", "DROP TABLE broken")

		broken["2_broken.up.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE broken (i INT)")}
		if applied, err := migrator(t, d, broken).Up(t.Context()); err != nil || len(applied) != 2 {
			t.Errorf("after it was mended: %v, %v", applied, err)
		}
	})
}

func TestFailedDownLeavesNoTrace(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		m := migrator(t, d, files(
			"1_a.up.sql", "CREATE TABLE a (i INT)",
			"1_a.down.sql", "DROP TABLE a; DROP TABLE nothing",
		))
		if _, err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		if name, err := m.Down(t.Context()); name != "" || err == nil || !strings.Contains(err.Error(), "1_a.down.sql, line 1: DROP TABLE nothing: ") {
			t.Errorf("Down: %q, %v", name, err)
		}
		if got := status(t, m); got != "1_a" {
			t.Errorf("status is %s", got)
		}
		if got := count(t, d, "a"); got != 0 {
			t.Errorf("there are %d rows", got)
		}
	})
}

// What is only noticed at the end undoes a migration too.
func TestMigrationThatFailsAtCommit(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		m := migrator(t, d, files("1_a.up.sql", `
			CREATE TABLE parents (id INT PRIMARY KEY);
			CREATE TABLE children (parent INT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
			INSERT INTO children VALUES (1);`))
		if applied, err := m.Up(t.Context()); err == nil || len(applied) != 0 {
			t.Errorf("Up: %v, %v", applied, err)
		}
		if got := status(t, m); got != "(1_a)" {
			t.Errorf("status is %s", got)
		}
		if tables := number(t, d, tableCount(d)); tables != 0 {
			t.Errorf("%d tables are left", tables)
		}
	})
}

func TestDownNeedsItsFile(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		m := migrator(t, d, files("1_a.up.sql", "CREATE TABLE a (i INT)"))
		if _, err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Down(t.Context()); err == nil || !strings.Contains(err.Error(), "there is no file 1_a.down.sql") {
			t.Errorf("the error is %v", err)
		}
	})
}

// An older program meets what a newer one has applied.
func TestMigrationsOfAnotherVersion(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		if _, err := migrator(t, d, twoTables).Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		older := migrator(t, d, files("20260101000000_a.up.sql", "SELECT 1", "20260103000000_c.up.sql", "SELECT 1"))
		if got := status(t, older); got != "20260101000000_a 20260102000000? (20260103000000_c)" {
			t.Errorf("status is %s", got)
		}
		if _, err := older.Down(t.Context()); err == nil || !strings.Contains(err.Error(), "20260102000000 was applied last") {
			t.Errorf("the error is %v", err)
		}
		if applied, err := older.Up(t.Context()); err != nil || len(applied) != 1 {
			t.Errorf("Up: %v, %v", applied, err)
		}
	})
}

func TestBadMigrationFiles(t *testing.T) {
	d := open(t, "sqlite://:memory:", db.Options{})
	for want, fsys := range map[string]fstest.MapFS{
		"README.md is not named like a migration":               files("README.md", ""),
		"x/create_users.up.sql is not named like":               files("x/create_users.up.sql", "SELECT 1"),
		"1_Users.up.sql is not named like":                      files("1_Users.up.sql", "SELECT 1"),
		"123456789012345_a.up.sql is not named like":            files("123456789012345_a.up.sql", "SELECT 1"),
		"0_a.up.sql: the number of a migration is 1 or more":    files("0_a.up.sql", "SELECT 1"),
		"1_a.up.sql and 1_b.up.sql have the same number":        files("1_a.up.sql", "SELECT 1", "1_b.up.sql", "SELECT 1"),
		"01_a.up.sql and 1_a.up.sql have the same number":       files("01_a.up.sql", "SELECT 1", "1_a.up.sql", "SELECT 1"),
		"1_a.down.sql and 1_b.up.sql have the same number":      files("1_a.down.sql", "SELECT 1", "1_b.up.sql", "SELECT 1"),
		"1_a.tx.up.sql and 1_a.up.sql have the same number":     files("1_a.tx.up.sql", "SELECT 1", "1_a.up.sql", "SELECT 1"),
		"1_a.down.sql: there is no up file":                     files("1_a.down.sql", "SELECT 1"),
		"1_a.up.sql: there is no SQL statement in it":           files("1_a.up.sql", "-- nothing yet\n"),
		"1_a.up.sql: line 2: the text that begins with '":       files("1_a.up.sql", "SELECT 1;\nSELECT 'a"),
		"1_a.up.sql: line 1: COMMIT: a script may not begin":    files("1_a.up.sql", "COMMIT"),
		"1_a.up.sql: SQLite runs every migration in a":          files("1_a.up.sql", "--keryx:no-transaction\nSELECT 1"),
		"1_a.up.sql: line 1: --keryx:notransaction is no direc": files("1_a.up.sql", "--keryx:notransaction\nSELECT 1"),
	} {
		if _, err := db.NewMigrator(d, fsys); err == nil || !strings.HasPrefix(err.Error(), "migrations: "+want) {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
	if _, err := db.NewMigrator(d, nil); err == nil {
		t.Error("no file system is fine")
	}
	if applied, err := migrator(t, d, files()).Up(t.Context()); err != nil || len(applied) != 0 {
		t.Errorf("no files: %v, %v", applied, err)
	}
}

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
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{PoolMax: 2})
		release := holdLock(t, d)
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		defer cancel()
		began := time.Now()
		applied, err := migrator(t, d, twoTables).Up(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "another process migrates the database") {
			t.Errorf("Up: %v, %v", applied, err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %v", took)
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

func TestCreateMigration(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	first, err := db.CreateMigration(dir, "create_users")
	if err != nil {
		t.Fatal(err)
	}
	second, err := db.CreateMigration(dir, "create-2")
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range slices.Concat(first, second) {
		text, err := os.ReadFile(path)
		if err != nil || len(text) == 0 {
			t.Errorf("%s: %q, %v", path, text, err)
		}
		if direction := []string{".up.sql", ".down.sql"}[i%2]; !strings.HasSuffix(path, direction) {
			t.Errorf("%s does not end in %s", path, direction)
		}
		if err := os.WriteFile(path, []byte("SELECT 1"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, "sqlite://:memory:", db.Options{})
	m, err := db.NewMigrator(d, os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if applied, err := m.Up(t.Context()); err != nil || len(applied) != 2 || !strings.HasSuffix(applied[0], "_create_users") {
		t.Errorf("Up: %v, %v", applied, err)
	}

	for _, bad := range []string{"", "Create", "create users", "../escape", "a.b", "ü", strings.Repeat("a", 101)} {
		if paths, err := db.CreateMigration(dir, bad); err == nil {
			t.Errorf("%q is a name: %v", bad, paths)
		}
	}
	if _, err := db.CreateMigration(first[0], "x"); err == nil {
		t.Error("a file is a folder")
	}
}
