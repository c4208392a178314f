package db_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
)

// files returns a file system of names and contents.
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

// An error at the commit undoes a migration, too.
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
