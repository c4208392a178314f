package db_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/slow"
)

type user struct {
	ID      int64 `bun:",pk,autoincrement"`
	Name    string
	Data    map[string]any
	Blob    []byte
	Created time.Time
}

// An app reads back the values that it writes, with any characters, including times.
func TestValuesComeBack(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		if _, err := d.NewCreateTable().Model((*user)(nil)).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := user{
			Name: `Ada '"\?$1 ünï 🎉`, Data: map[string]any{"a": "b"}, Blob: []byte{0, 1, '\'', 255},
			Created: time.Date(2026, 11, 1, 10, 20, 30, 456789000, time.FixedZone("", 7200)),
		}
		if _, err := d.NewInsert().Model(&want).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got user
		if err := d.NewSelect().Model(&got).Where("name = ?", want.Name).Where("created = ?", want.Created).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got.ID != want.ID || got.Name != want.Name || got.Data["a"] != "b" || string(got.Blob) != string(want.Blob) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if !got.Created.Equal(want.Created) {
			t.Errorf("got time %v, want %v", got.Created, want.Created)
		}
	})
}

func TestForeignKeysAreEnforced(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		run(t, d, "CREATE TABLE parents (id INT PRIMARY KEY)",
			"CREATE TABLE children (id INT PRIMARY KEY, parent INT REFERENCES parents (id))")
		if _, err := d.ExecContext(t.Context(), "INSERT INTO children VALUES (1, 1)"); err == nil {
			t.Error("a child without its parent was inserted")
		}
	})
}

func TestPoolMaxBoundsConnections(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{PoolMax: 1})
		conn, err := d.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := d.PingContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second connection: %v", err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		if stats := d.Stats(); stats.MaxOpenConnections != 1 || stats.OpenConnections != 1 {
			t.Errorf("stats are %+v", stats)
		}
	})
}

func TestPoolDefaults(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		if got := d.Stats().MaxOpenConnections; got != config.Default[db.Settings]().PoolMax {
			t.Errorf("the pool has at most %d connections", got)
		}
		conns := make([]bun.Conn, config.Default[db.Settings]().PoolMax)
		for i := range conns {
			var err error
			if conns[i], err = d.Conn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range conns {
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if got := d.Stats().Idle; got != config.Default[db.Settings]().PoolMax {
			t.Errorf("%d idle connections are kept", got)
		}
	})
}

// A query that outlives its context is stopped where it runs.
func TestContextCancelsQuery(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url, db.Options{})
		query := "SELECT pg_sleep(60)"
		if !isPostgres(d) {
			query = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
		}
		for _, want := range []error{context.DeadlineExceeded, context.Canceled} {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			if want == context.Canceled {
				ctx, cancel = context.WithCancel(t.Context())
				time.AfterFunc(100*time.Millisecond, cancel)
			}
			began := time.Now()
			_, err := d.ExecContext(ctx, query)
			cancel()
			if !errors.Is(err, want) {
				t.Errorf("the error is %v, want %v", err, want)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
		}
		if isPostgres(d) {
			eventually.True(t, "the server stops the query", func() bool {
				return number(t, d, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep%'") == 0
			})
		}
		if got := number(t, d, "SELECT 1"); got != 1 {
			t.Errorf("afterwards SELECT 1 is %d", got)
		}
	})
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no", "app.db")
	folder := t.TempDir()
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"":                       "cannot connect to database (no URL): the URL is empty; set DATABASE_URL",
		"app.db":                 "cannot connect to database (***): the URL is malformed",
		"mysql://u:pw@h/db":      "cannot connect to database (mysql://u:***@h/db): mysql:// is no database that is known; known are ",
		"sqlite://":              "no file is named",
		"sqlite://" + missing:    "the folder " + filepath.Dir(missing) + " does not exist; create it; set DATABASE_URL",
		"sqlite://" + folder:     "is a folder, not a file",
		"sqlite://" + garbage:    "file is not a database",
		"sqlite://a.db?_pragm=a": `there is no parameter "_pragm"`,
		"sqlite://a%zz.db":       "% is written %25",
		"sqlite://:memory:?_pragma=journal_mode(":    "cannot connect to database (sqlite://:memory:?_pragma=journal_mode(): ",
		"postgres://u:pw@127.0.0.1:1/name":           "cannot connect to database (postgres://u:***@127.0.0.1:1/name): ",
		"postgres://u:pw@127.0.0.1:1/n?sslmode=what": "sslmode is invalid",
		"postgres://u:pw@127.0.0.1:port/n":           "cannot connect to database (postgres://***): ",
	} {
		d, err := db.Open(t.Context(), url, db.Options{})
		if err == nil {
			_ = d.Close()
			t.Errorf("%q: no error", url)
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: the error is %q, want %q", url, err, want)
		}
	}
	_, err := db.Open(t.Context(), "", db.Options{Variable: "DATABASE_URL_TEST"})
	if err == nil || !strings.HasSuffix(err.Error(), "set DATABASE_URL_TEST") {
		t.Errorf("the error does not name the variable: %v", err)
	}
}

func TestOpenRefusesBadOptions(t *testing.T) {
	for _, o := range []db.Options{{PoolMax: -1}, {Timeout: -1}} {
		if _, err := db.Open(t.Context(), "sqlite://:memory:", o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// A server that accepts connections and says nothing does not hold up a boot.
func TestOpenIsBounded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	began := time.Now()
	_, err = db.Open(t.Context(), "postgres://u:hidden@"+l.Addr().String()+"/n", db.Options{Timeout: 200 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("the error is %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestOpenIsBoundedOnALockedFile(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "app.db") + "?_pragma=journal_mode(DELETE)"
	locker, err := open(t, url, db.Options{}).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer locker.Close()
	run(t, locker, "CREATE TABLE t (i INT)", "BEGIN EXCLUSIVE")
	began := time.Now()
	_, err = db.Open(t.Context(), strings.Replace(url, "DELETE", "WAL", 1), db.Options{Timeout: 200 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	run(t, locker, "ROLLBACK")
}

// Whatever a password looks like, and however it is written, no error shows it.
func TestPasswordIsNeverShown(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	addr := pgtest.Start(t).Addr()
	for _, password := range []string{"p@ss", "x", "pg", `a/b?c#d%e:f&g=h "'`, "12/34", "Ünï-cödé", "wrong password"} {
		for _, written := range []string{password, url.QueryEscape(password), url.PathEscape(password)} {
			for _, raw := range []string{
				"postgres://app:" + written + "@" + addr + "/postgres",
				"postgres://app:" + written + "@" + addr + "/postgres?sslmode=disable",
				"postgres://app:" + written + "@127.0.0.1:1/n",
				"postgres://app:" + written + "@127.0.0.1:port/n",
				"postgres://app:" + written + "@127.0.0.1:1/n?sslmode=no",
				"postgres://" + addr + "/postgres?user=app&password=" + written,
				"postgres://127.0.0.1:port/n?password=" + written,
			} {
				checkHidden(t, raw, password)
			}
		}
	}
}

// checkHidden opens a URL, which must fail, and looks for the password in the
// error and its causes: anywhere when it is long, else as a word.
func checkHidden(t *testing.T, raw, password string) {
	t.Helper()
	_, err := db.Open(t.Context(), raw, db.Options{Timeout: 2 * time.Second})
	if err == nil {
		t.Errorf("%s: no error", raw)
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		words := strings.FieldsFunc(e.Error(), func(r rune) bool { return strings.ContainsRune(" @/:?&=`'\"", r) })
		if len(password) > 3 && strings.Contains(e.Error(), password) || slices.Contains(words, password) {
			t.Errorf("%s: %v", raw, e)
		}
	}
}

// Connections of the pool survive a restart of the server.
func TestPostgresRestart(t *testing.T) {
	t.Parallel()
	server := pgtest.StartDedicated(t)
	d := open(t, server.URL(), db.Options{})
	run(t, d, "CREATE TABLE t (i INT)")
	server.Stop()
	if err := d.PingContext(t.Context()); err == nil {
		t.Error("a stopped server answers")
	}
	server.Restart()
	eventually.True(t, "the pool recovers", func() bool { return d.PingContext(t.Context()) == nil })
	if got := count(t, d, "t"); got != 0 {
		t.Errorf("there are %d rows", got)
	}
}
