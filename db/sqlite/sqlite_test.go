package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/db"
	_ "github.com/keryx-go/keryx/db/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The suite of package db runs over this driver too; here is what only SQLite
// has.

func open(t *testing.T, url string) *bun.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func run(t *testing.T, q bun.IDB, statement string) {
	t.Helper()
	if _, err := q.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func count(t *testing.T, q bun.IDB) (n int) {
	t.Helper()
	if err := q.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSQLitePaths(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Mkdir("data", 0o777); err != nil {
		t.Fatal(err)
	}
	for url, file := range map[string]string{
		"sqlite://app.db":                          "app.db",
		"sqlite://./data/one.db":                   "data/one.db",
		"sqlite://data/two%20%3F%25 @#:.db":        "data/two ?% @#:.db",
		"sqlite://" + dir + "/three.db":            "three.db",
		"SQLite://four.db?_pragma=page_size(8192)": "four.db",
	} {
		run(t, open(t, url), "CREATE TABLE t (i INT)")
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestSQLiteDefaultsAndOverrides(t *testing.T) {
	for query, want := range map[string]string{
		"": "wal 5000 1 1",
		"?_pragma=journal_mode(DELETE)&_pragma=busy_timeout=7&_fk=0&_sync=FULL": "delete 7 0 2",
	} {
		d := open(t, "sqlite://"+filepath.Join(t.TempDir(), "app.db")+query)
		var got []string
		for _, pragma := range []string{"journal_mode", "busy_timeout", "foreign_keys", "synchronous"} {
			var value string
			if err := d.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&value); err != nil {
				t.Fatal(err)
			}
			got = append(got, value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %v, want %s", query, got, want)
		}
	}
}

func TestMemoryDatabasesAreApart(t *testing.T) {
	left := func() []string {
		found, err := filepath.Glob(filepath.Join(os.TempDir(), "keryx-sqlite-*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	t.Setenv("TMPDIR", t.TempDir())
	one, err := db.Open(t.Context(), "sqlite://:memory:", db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	two, err := db.Open(t.Context(), "sqlite://:memory:", db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	run(t, one, "CREATE TABLE t (i INT)")
	run(t, two, "CREATE TABLE t (i INT)")
	run(t, two, "INSERT INTO t VALUES (1)")
	if count(t, one) != 0 || count(t, two) != 1 {
		t.Error("the databases are one")
	}
	if err := errors.Join(one.Close(), two.Close()); err != nil {
		t.Error(err)
	}
	if files := left(); len(files) > 0 {
		t.Errorf("%v are left", files)
	}
}

// A new file may be opened by many at once, which all make it a WAL database.
func TestNewFileIsOpenedByMany(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "app.db")
	var opening sync.WaitGroup
	for range 8 {
		opening.Go(func() {
			d, err := db.Open(t.Context(), url, db.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
}

// Times that are bound by database/sql and not by bun are the same on disk.
func TestTimesAreWrittenOneWay(t *testing.T) {
	d := open(t, "sqlite://:memory:")
	run(t, d, "CREATE TABLE t (at TIMESTAMP)")
	at := time.Date(2026, 11, 1, 12, 0, 0, 500_000_000, time.FixedZone("", 3600))
	run(t, d, d.QueryGen().FormatQuery("INSERT INTO t VALUES (?)", at))
	if _, err := d.DB.ExecContext(t.Context(), "INSERT INTO t VALUES (?)", at); err != nil {
		t.Fatal(err)
	}
	rows, err := d.QueryContext(t.Context(), "SELECT at, CAST(at AS TEXT) FROM t")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var got time.Time
		var text string
		if err := rows.Scan(&got, &text); err != nil {
			t.Fatal(err)
		}
		if !got.Equal(at) || got.Location() != time.UTC || !strings.HasPrefix(text, "2026-11-01 11:00:00.5") {
			t.Errorf("got %v, written %s", got, text)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// A database that may only be read is neither made nor written.
func TestReadOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.db")
	if _, err := db.Open(t.Context(), "sqlite://"+file+"?mode=ro", db.Options{}); err == nil {
		t.Error("a file that is not there was opened")
	}
	run(t, open(t, "sqlite://"+file), "CREATE TABLE t (i INT)")
	d := open(t, "sqlite://"+file+"?mode=ro")
	if got := count(t, d); got != 0 {
		t.Errorf("there are %d rows", got)
	}
	if _, err := d.ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); err == nil {
		t.Error("a row was written")
	}
}

// A program without a driver says which import brings it.
func TestMissingDriver(t *testing.T) {
	_, err := db.Open(t.Context(), "postgresql://u:secret@h/n", db.Options{})
	want := `cannot connect to database (postgresql://u:***@h/n): the program has no driver for postgresql://; ` +
		`add import _ "github.com/keryx-go/keryx/db/postgres" to it; set DATABASE_URL`
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v", err)
	}
}
