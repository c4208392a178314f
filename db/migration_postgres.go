package db

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx/db/internal/script"
)

// postgresGuard holds an advisory lock: that of the transaction, which a pooler
// in transaction mode keeps as it should, or for a file without one that of the
// session. The server gives both back when the session ends.
type postgresGuard struct {
	conn    bun.Conn
	watcher *watcher
}

// lockKey is the advisory lock of migrators: an arbitrary number.
const lockKey = 0x6b65727978

// watchful makes the server see soon that a client is gone, even in the middle
// of a long statement, and so give its lock back. Servers before 14 do not know
// the first setting.
const watchful = `SELECT count(set_config(name, value, false)) FROM (VALUES
	('client_connection_check_interval', '1s'),
	('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3')
	) AS s (name, value) WHERE current_setting(name, true) IS NOT NULL`

func (g *postgresGuard) enter(ctx context.Context) error {
	var pid, set int64
	err := g.conn.QueryRowContext(ctx, "SELECT pg_backend_pid(), ("+watchful+")").Scan(&pid, &set)
	if err != nil && ctx.Err() == nil {
		// Not each platform has all of them. If the connection is broken, this says so.
		err = g.conn.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&pid)
	}
	g.watcher.backend.Store(pid)
	return err
}

// renew undoes what the functions that a file called may have set.
func (g *postgresGuard) renew(ctx context.Context) error {
	defer g.watcher.watch(ctx, "the database does not answer the migrator")()
	if _, err := g.conn.ExecContext(ctx, script.PostgresReset); err != nil {
		return err
	}
	return g.enter(ctx)
}

// begin asks for the lock again and again: waiting for it in the server would
// hold a snapshot, and the migrator that has it may be in a CREATE INDEX
// CONCURRENTLY, which waits for all snapshots to be given up.
func (g *postgresGuard) begin(ctx context.Context) error {
	return acquire(ctx, func() (got bool, err error) {
		defer g.watcher.watch(ctx, "the database does not answer when it is asked for the migration lock")()
		if _, err := g.conn.ExecContext(ctx, "BEGIN"); err != nil {
			return false, err
		}
		err = g.conn.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock(?)", lockKey).Scan(&got)
		if err == nil && !got {
			_, err = g.conn.ExecContext(ctx, "ROLLBACK")
		}
		return got, err
	}, g.report(ctx))
}

func (g *postgresGuard) lock(ctx context.Context) error {
	return acquire(ctx, func() (got bool, err error) {
		defer g.watcher.watch(ctx, "the database does not answer when it is asked for the migration lock")()
		err = g.conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(?)", lockKey).Scan(&got)
		return got, err
	}, g.report(ctx))
}

// unlock gives the lock of the session back before the connection is closed: a
// pooler would keep both.
func (g *postgresGuard) unlock(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var released bool
	err := g.conn.QueryRowContext(ctx, "SELECT pg_advisory_unlock(?)", lockKey).Scan(&released)
	if err == nil && !released {
		g.watcher.log.Warn("the migration lock was lost during a migration", "file", g.watcher.file,
			"hint", "the file gives up all advisory locks, or a pooler in transaction mode keeps the lock: migrate without a pooler")
	}
}

// restore makes the note independent of the file's search_path, role and
// timeouts. Behind a pooler it keeps them from the sessions of others.
func (g *postgresGuard) restore(ctx context.Context) error {
	_, err := g.conn.ExecContext(ctx, "SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL")
	return err
}

func (g *postgresGuard) verify(context.Context) error { return nil }

// report returns a function that logs which session has the migration lock.
func (g *postgresGuard) report(ctx context.Context) func(time.Duration) string {
	return func(waited time.Duration) string {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		sessions, err := describeSessions(ctx, g.conn, `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND classid = ? AND objid = ? AND objsubid = 1`, lockKey>>32, lockKey&0xffffffff)
		if err != nil || len(sessions) == 0 {
			g.watcher.warn("a migration waits for the migration lock", waited)
			return ""
		}
		held := sessions[0]
		g.watcher.warn("a migration waits for the migration lock", waited, "held_by", held.String(), "hint", fmt.Sprintf(
			"if no other process migrates the database, a pooler in transaction mode has kept the lock: run SELECT pg_terminate_backend(%d), and migrate without a pooler", held.pid))
		return held.String()
	}
}

// pgSession is a session of the server, as pg_stat_activity has it.
type pgSession struct {
	pid                                     int64
	application, user, client, state, since string
}

func (s pgSession) String() string {
	about := []string{"no application_name"}
	if s.application != "" {
		about[0] = s.application
	}
	for _, part := range []string{"user " + s.user, "from " + s.client, strings.TrimSpace(s.state + " since " + s.since)} {
		if !strings.HasSuffix(part, " ") && part != "since" {
			about = append(about, part)
		}
	}
	return fmt.Sprintf("pid %d (%s)", s.pid, strings.Join(about, ", "))
}

// describeSessions returns the sessions whose pids a query selects.
func describeSessions(ctx context.Context, q bun.IDB, pids string, args ...any) ([]pgSession, error) {
	rows, err := q.QueryContext(ctx, `SELECT pid, coalesce(application_name, ''), coalesce(usename::text, ''),
		coalesce(host(client_addr), ''), coalesce(state, ''),
		coalesce(date_trunc('second', clock_timestamp() - state_change)::text, '')
		FROM pg_stat_activity WHERE pid IN (`+pids+`) ORDER BY pid`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []pgSession
	for rows.Next() {
		var s pgSession
		if err := rows.Scan(&s.pid, &s.application, &s.user, &s.client, &s.state, &s.since); err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, rows.Err()
}
