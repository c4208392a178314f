package db

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// sequence is the migrations of a program, on a database.
type sequence struct {
	db         *bun.DB
	migrations []*migration // in order
}

func newSequence(db *bun.DB, fsys fs.FS) (runner, error) {
	if name := db.Dialect().Name(); name != dialect.PG && name != dialect.SQLite {
		return nil, fmt.Errorf("they run on Postgres and SQLite, not on %v", name)
	}
	migrations, err := readMigrations(fsys, db.Dialect().Name())
	if err != nil {
		return nil, err
	}
	return &sequence{db: db, migrations: migrations}, nil
}

func (m *sequence) up(ctx context.Context, log *slog.Logger) (applied []string, err error) {
	table, done, err := m.look(ctx, log)
	if err != nil {
		return nil, err
	}
	pending := slices.DeleteFunc(slices.Clone(m.migrations), func(m *migration) bool {
		_, ok := done[m.number]
		return ok
	})
	for len(pending) > 0 && err == nil {
		var names []string
		n := sharing(pending)
		names, err = m.upTogether(ctx, log, &table, pending[:n])
		applied, pending = append(applied, names...), pending[n:]
	}
	if len(applied) > 0 {
		m.renewPool(ctx)
	}
	return applied, err
}

// sharing returns how many of the next migrations may share a connection: up to
// the first that changes its session.
func sharing(pending []*migration) int {
	n := slices.IndexFunc(pending, func(m *migration) bool { return !m.up.keepsSession })
	if n < 0 {
		return len(pending)
	}
	return n + 1
}

// upTogether applies migrations on one connection.
func (m *sequence) upTogether(ctx context.Context, log *slog.Logger, table *notes, together []*migration) (applied []string, err error) {
	err = m.session(ctx, log, table, together[0].up, func(s *session) error {
		for i, migration := range together {
			if i > 0 {
				s.file = migration.up.path
				if err := s.renew(ctx); err != nil {
					return fmt.Errorf("%s: begin with a clean session: %w", s.file, err)
				}
			}
			fresh, err := s.up(ctx, migration)
			if err != nil {
				return err
			}
			if fresh {
				applied = append(applied, migration.name)
			}
		}
		return nil
	})
	return applied, err
}

func (m *sequence) down(ctx context.Context, log *slog.Logger) (name string, err error) {
	table, applied, err := m.look(ctx, log)
	if err != nil || len(applied) == 0 {
		return "", err
	}
	last := highest(applied)
	i := slices.IndexFunc(m.migrations, func(m *migration) bool { return m.number == last })
	if i < 0 {
		return "", fmt.Errorf("%s was applied last, but this program has no files of it", applied[last].Name)
	}
	file := m.migrations[i].down
	if file == nil {
		return "", fmt.Errorf("%[1]s cannot be taken back: there is no file %[1]s.down.sql", m.migrations[i].name)
	}
	err = m.session(ctx, log, &table, file, func(s *session) error { return s.down(ctx, m.migrations[i], applied[last]) })
	if err != nil {
		return "", err
	}
	m.renewPool(ctx)
	return m.migrations[i].name, nil
}

func (m *sequence) status(ctx context.Context, log *slog.Logger) ([]Migration, error) {
	_, done, err := m.look(ctx, log)
	if err != nil {
		return nil, err
	}
	byNumber := map[uint64]Migration{}
	for number, row := range done {
		byNumber[number] = Migration{Name: row.Name, AppliedAt: row.MigratedAt, Missing: true}
	}
	for _, f := range m.migrations {
		byNumber[f.number] = Migration{Name: f.name, AppliedAt: done[f.number].MigratedAt}
	}
	all := []Migration{}
	for _, number := range slices.Sorted(maps.Keys(byNumber)) {
		all = append(all, byNumber[number])
	}
	return all, nil
}

// look finds the table of the notes and reads it. It changes nothing.
func (m *sequence) look(ctx context.Context, log *slog.Logger) (notes, map[uint64]migrationRow, error) {
	w := &watcher{log: log, pool: m.db}
	defer w.watch(ctx, "reading bun_migrations takes long")()
	conn, err := m.db.Conn(ctx)
	if err != nil {
		return notes{}, nil, err
	}
	defer conn.Close()
	table, pid, err := findNotes(ctx, conn)
	w.backend.Store(pid)
	if err != nil || !table.exists {
		return table, nil, err
	}
	done, err := table.read(ctx, conn)
	return table, done, err
}

// session runs fn on a connection of its own, which is not used again: what a
// file changes in its session does not reach the app. It creates the table of
// the notes if need be.
func (m *sequence) session(ctx context.Context, log *slog.Logger, table *notes, file *sqlFile, fn func(*session) error) error {
	w := &watcher{log: log, pool: m.db, file: file.path}
	stop := w.watch(ctx, "the migrator waits for a connection")
	conn, err := m.db.Conn(ctx)
	if err != nil {
		stop()
		return err
	}
	defer conn.Close()
	defer discard(conn.Conn)
	s := &session{conn: conn, guard: newGuard(conn, w), notes: *table, watcher: w}
	err = s.enter(ctx)
	stop()
	if err == nil && !table.exists {
		err = s.createTable(ctx)
		table.exists = err == nil
	}
	if err != nil {
		return err
	}
	return fn(s)
}

// renewPool discards the idle connections of the pool: they are older than the
// migrations, and the defaults that these may have given to new connections, as
// ALTER ROLE … SET does, are not theirs.
func (m *sequence) renewPool(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for range m.db.DB.Stats().Idle {
		conn, err := m.db.Conn(ctx)
		if err != nil {
			return
		}
		defer conn.Close()
		defer discard(conn.Conn)
	}
}
