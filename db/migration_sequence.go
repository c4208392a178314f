package db

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"

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

func (m *sequence) up(ctx context.Context) (applied []string, err error) {
	err = m.exclusive(ctx, func(s *session) error {
		done, err := readApplied(ctx, s.conn)
		if err != nil {
			return err
		}
		for _, migration := range m.migrations {
			if _, ok := done[migration.number]; ok {
				continue
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

func (m *sequence) down(ctx context.Context) (name string, err error) {
	err = m.exclusive(ctx, func(s *session) error {
		applied, err := readApplied(ctx, s.conn)
		if err != nil || len(applied) == 0 {
			return err
		}
		last := highest(applied)
		i := slices.IndexFunc(m.migrations, func(m *migration) bool { return m.number == last })
		if i < 0 {
			return fmt.Errorf("%s was applied last, but this program has no files of it", applied[last].Name)
		}
		if err := s.down(ctx, m.migrations[i], applied[last]); err != nil {
			return err
		}
		name = m.migrations[i].name
		return nil
	})
	return name, err
}

func (m *sequence) status(ctx context.Context) ([]Migration, error) {
	conn, err := m.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	defer conn.Close()
	done, err := readApplied(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
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

// exclusive runs fn on one connection, on which no other migrator disturbs it.
func (m *sequence) exclusive(ctx context.Context, fn func(*session) error) error {
	conn, err := m.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	defer conn.Close()
	s, err := begun(ctx, conn)
	if err == nil {
		err = fn(s)
		s.end(ctx)
	}
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return nil
}
