package db_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/slow"
)

// The log names the session that keeps a migration waiting, and the end of the
// migration's context ends the wait.
func TestWaitingIsNamed(t *testing.T) {
	t.Parallel()
	const app = "&application_name=holder"
	create := files("7_a.up.sql", "CREATE TABLE made (i int)")
	for name, test := range map[string]struct {
		files fstest.MapFS
		hold  func(t *testing.T, other bun.Conn)
		want  []string
	}{
		"sleep": {
			files: files("7_a.up.sql", "CREATE TABLE made (i int);\n\nSELECT pg_sleep(600);"),
			want:  []string{"a statement of a migration takes long", "waited=5s", "file=7_a.up.sql", "line=3", `statement="SELECT pg_sleep(600)"`},
		},
		"table": {
			files: files("7_a.up.sql", "ALTER TABLE held ADD COLUMN i int"),
			hold:  func(t *testing.T, other bun.Conn) { run(t, other, "BEGIN", "SELECT * FROM held") },
			want:  []string{`statement="ALTER TABLE held ADD COLUMN i int"`, `blocked_by="pid PID (holder, user keryx, from 127.0.0.1, idle in transaction since 00:00:0`},
		},
		"notes": {
			files: create,
			hold: func(t *testing.T, other bun.Conn) {
				run(t, other, "BEGIN", "LOCK TABLE bun_migrations IN SHARE MODE")
			},
			want: []string{"noting a migration in bun_migrations takes long", "file=7_a.up.sql", `blocked_by="pid PID (holder`},
		},
		"reading": {
			files: create,
			hold:  func(t *testing.T, other bun.Conn) { run(t, other, "BEGIN", "LOCK TABLE bun_migrations") },
			want:  []string{"reading bun_migrations takes long", `blocked_by="pid PID (holder`},
		},
		"lock": {
			files: create,
			hold:  func(t *testing.T, other bun.Conn) { run(t, other, "SELECT pg_advisory_lock(461263501688)") },
			want:  []string{"a migration waits for the migration lock", "waited=5s", "file=7_a.up.sql", `held_by="pid PID (holder, `, "pg_terminate_backend(PID)"},
		},
		"lock, outside": {
			files: files("7_a.up.sql", "--keryx:no-transaction\nCREATE TABLE made (i int)"),
			hold:  func(t *testing.T, other bun.Conn) { run(t, other, "SELECT pg_advisory_lock(461263501688)") },
			want:  []string{"a migration waits for the migration lock", "file=7_a.up.sql", `held_by="pid PID (holder, `},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := postgres(t)
			d := open(t, url, db.Options{})
			run(t, d, "CREATE TABLE held (n int)")
			if _, err := migrator(t, d, files("1_first.up.sql", "SELECT 1")).Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			pid := holder(t, open(t, url+app, db.Options{}), test.hold)
			ctx, cancel := context.WithCancel(t.Context())
			log, done := upInBackground(ctx, t, d, test.files)
			line := <-log
			for _, want := range test.want {
				if want = strings.ReplaceAll(want, "PID", fmt.Sprint(pid)); !strings.Contains(line, want) {
					t.Errorf("%s does not say %s", line, want)
				}
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("Up: %v", err)
			} else if strings.HasPrefix(name, "lock") && !strings.Contains(err.Error(), fmt.Sprintf("another process migrates the database (pid %d (holder, ", pid)) {
				t.Errorf("Up: %v", err)
			}
		})
	}
}

// holder returns the pid of a session that does what hold does.
func holder(t *testing.T, d *bun.DB, hold func(*testing.T, bun.Conn)) (pid int64) {
	t.Helper()
	conn, err := d.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if hold != nil {
		hold(t, conn)
	}
	return number(t, conn, "SELECT pg_backend_pid()")
}

// upInBackground migrates, and returns the lines of the log and the error.
func upInBackground(ctx context.Context, t *testing.T, d *bun.DB, fsys fstest.MapFS) (<-chan string, <-chan error) {
	t.Helper()
	log := lines(make(chan string, 100))
	m := migrator(t, d, fsys)
	m.Logger = slog.New(slog.NewTextHandler(log, nil))
	done := make(chan error, 1)
	go func() {
		_, err := m.Up(ctx)
		done <- err
	}()
	return log, done
}

// lines is a writer that sends each line.
type lines chan string

var _ io.Writer = lines(nil)

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func TestWaitingIsNamedOnSQLite(t *testing.T) {
	slow.Skip(t, "it waits for seconds")
	t.Parallel()
	for name, test := range map[string]struct {
		sql, hold string
		want      []string
	}{
		"statement": {
			sql:  "CREATE TABLE made (i INT);\nWITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
			hold: "SELECT 1",
			want: []string{"a statement of a migration takes long", "waited=5s", "file=7_a.up.sql", "line=2", `statement="WITH RECURSIVE n`},
		},
		"lock": {
			sql:  "CREATE TABLE made (i INT)",
			hold: "BEGIN IMMEDIATE",
			want: []string{"a migration waits for the write lock of the database", "file=7_a.up.sql"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t, "sqlite://:memory:", db.Options{})
			if _, err := migrator(t, d, files("1_first.up.sql", "SELECT 1")).Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			conn, err := d.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			run(t, conn, test.hold)
			ctx, cancel := context.WithCancel(t.Context())
			log, done := upInBackground(ctx, t, d, files("7_a.up.sql", test.sql))
			line := <-log
			for _, want := range test.want {
				if !strings.Contains(line, want) {
					t.Errorf("%s does not say %s", line, want)
				}
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("Up: %v", err)
			}
		})
	}
}
