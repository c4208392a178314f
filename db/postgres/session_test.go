package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db"
)

// state is what a session's next user may notice.
const state = `SELECT concat_ws(' ', current_user, session_user, current_setting('search_path'), current_setting('statement_timeout'),
	current_setting('app.tenant', true), current_setting('TimeZone'), current_setting('default_transaction_read_only'),
	(SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors),
	(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())), to_regclass('temporary') IS NULL)`

func openOne(t *testing.T, url string) *bun.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url, db.Options{PoolMax: 1, Timeout: time.Minute})
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

func ask(t *testing.T, d *bun.DB, query string) (answer string) {
	t.Helper()
	if err := d.QueryRowContext(t.Context(), query).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// ways are the ways to a connection.
var ways = map[string]func(ctx context.Context, d *bun.DB, sql string) error{
	"pool": func(ctx context.Context, d *bun.DB, sql string) error {
		_, err := d.ExecContext(ctx, sql)
		return err
	},
	"query": func(ctx context.Context, d *bun.DB, query string) error {
		var ignored any
		err := d.DB.QueryRowContext(ctx, query).Scan(&ignored)
		if errors.Is(err, sql.ErrNoRows) || err != nil && strings.Contains(err.Error(), "expected 0 destination arguments") {
			return nil
		}
		return err
	},
	"connection": func(ctx context.Context, d *bun.DB, sql string) error {
		conn, err := d.Conn(ctx)
		if err != nil {
			return err
		}
		_, err = conn.ExecContext(ctx, sql)
		return errors.Join(err, conn.Close())
	},
	"transaction": func(ctx context.Context, d *bun.DB, sql string) error {
		return db.Transaction(ctx, d, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, sql)
			return err
		})
	},
	"prepared": func(ctx context.Context, d *bun.DB, sql string) error {
		stmt, err := d.DB.PrepareContext(ctx, sql)
		if err != nil {
			return err
		}
		_, err = stmt.ExecContext(ctx)
		return errors.Join(err, stmt.Close())
	},
	"raw": raw(func(ctx context.Context, c *pgx.Conn, sql string) error { _, err := c.Exec(ctx, sql); return err }),
	"batch": raw(func(ctx context.Context, c *pgx.Conn, sql string) error {
		batch := &pgx.Batch{}
		batch.Queue("SELECT 1")
		batch.Queue(sql)
		return c.SendBatch(ctx, batch).Close()
	}),
}

func raw(do func(ctx context.Context, c *pgx.Conn, sql string) error) func(context.Context, *bun.DB, string) error {
	return func(ctx context.Context, d *bun.DB, sql string) error {
		conn, err := d.Conn(ctx)
		if err != nil {
			return err
		}
		err = conn.Conn.Raw(func(c any) error { return do(ctx, c.(*stdlib.Conn).Conn(), sql) })
		return errors.Join(err, conn.Close())
	}
}

// Changes of a query to its session do not reach the next user of the connection; the
// parameters of the URL stay.
func TestSessionsAreReset(t *testing.T) {
	url := database(t)
	setup := openOne(t, url)
	for _, s := range []string{"CREATE SCHEMA tenant", "CREATE PROCEDURE p() LANGUAGE sql AS $$ SELECT set_config('search_path', 'a', false) $$"} {
		if _, err := setup.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	url += "&search_path=tenant,public&options=-c%20app.tenant%3D7%20-c%20statement_timeout%3D61s"
	for _, change := range []string{
		"SET search_path = a", "SET ROLE pg_monitor", "SET SESSION AUTHORIZATION pg_monitor", "/* a */ SET statement_timeout = '1ms'",
		"RESET ALL", "SET app.tenant = 'a'", "SET TIME ZONE 'Asia/Tokyo'", "SET default_transaction_read_only = on",
		"SELECT set_config('search_path', 'a', false)", "DO $$ BEGIN SET search_path = a; END $$", "CALL p()",
		"LISTEN a", "PREPARE a AS SELECT 1", "DECLARE a CURSOR WITH HOLD FOR SELECT 1", "SELECT pg_advisory_lock(1)",
		"CREATE TEMP TABLE temporary (i int)", "SELECT 1 INTO TEMP temporary", "DISCARD ALL",
	} {
		t.Run(change, func(t *testing.T) {
			d := openOne(t, url)
			before := ask(t, d, state)
			if !strings.Contains(before, "tenant, public 61s 7 ") && !strings.Contains(before, "tenant,public 61s 7 ") {
				t.Fatalf("the session begins with %s", before)
			}
			for name, run := range ways {
				err := run(t.Context(), d, change)
				if name == "transaction" && strings.HasPrefix(change, "DISCARD") || name == "batch" && strings.HasPrefix(change, "DISCARD") {
					continue // not within a transaction
				}
				if err != nil && !strings.Contains(err.Error(), "cannot be prepared") {
					t.Errorf("%s: %v", name, err)
				}
				if got := ask(t, d, state); got != before {
					t.Errorf("%s: the session is %s, want %s", name, got, before)
				}
			}
		})
	}
	t.Run("several statements", func(t *testing.T) {
		d := openOne(t, url)
		before := ask(t, d, state)
		for _, change := range []string{"SELECT 1; SET search_path = a", "BEGIN; SET search_path = a; COMMIT", "BEGIN; SET search_path = a"} {
			if _, err := d.ExecContext(t.Context(), change); err != nil {
				t.Error(err)
			}
			if got := ask(t, d, state); got != before {
				t.Errorf("%s: the session is %s, want %s", change, got, before)
			}
		}
	})
}

// A reset is a round trip, so it must not be without need; a new connection is
// more.
func TestSessionsAreKept(t *testing.T) {
	d := openOne(t, database(t))
	pid := func() string { return ask(t, d, "SELECT pg_backend_pid()::text") }
	first := pid()
	stmt, err := d.DB.PrepareContext(t.Context(), "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	for _, sql := range []string{"SET search_path = a", "LISTEN a", "CREATE TEMP TABLE temporary (i int)"} {
		if _, err := d.ExecContext(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if got := pid(); got != first {
			t.Errorf("%s: the connection is another", sql)
		}
		if _, err := stmt.ExecContext(t.Context()); err != nil {
			t.Errorf("%s: the prepared statement is gone: %v", sql, err)
		}
	}
	// A setting that is made where it is not seen shows that nothing resets it.
	err = raw(func(ctx context.Context, c *pgx.Conn, _ string) error {
		return c.PgConn().Exec(ctx, "SET app.kept = 'yes'").Close()
	})(t.Context(), d, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"BEGIN; SET LOCAL search_path = a; COMMIT", "SELECT set_config('search_path', 'a', true)", "SELECT pg_advisory_xact_lock(1)"} {
		if _, err := d.ExecContext(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, d, "SELECT coalesce(current_setting('app.kept', true), '')"); got != "yes" {
			t.Errorf("%s: the session was reset", sql)
		}
	}
}

func TestStandardConformingStrings(t *testing.T) {
	url := database(t)
	if _, err := db.Open(t.Context(), url+"&standard_conforming_strings=off", db.Options{}); err == nil || !strings.Contains(err.Error(), "standard_conforming_strings must be on") {
		t.Errorf("the error is %v", err)
	}
	d := openOne(t, url+"&options=-c%20standard_conforming_strings%3Doff")
	if got := ask(t, d, "SHOW standard_conforming_strings"); got != "on" {
		t.Errorf("they are %s", got)
	}
}
