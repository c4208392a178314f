package db

import (
	"context"
	"errors"
	"fmt"
)

// errNothingToDo says that another process was faster.
var errNothingToDo = errors.New("nothing to do")

// step is one file to run, in one direction.
type step struct {
	file *sqlFile
	// check is called first, in the step's transaction: an error ends the step.
	check func() error
	// note writes down that the step was done.
	note func() error
}

// run runs a step.
func (s *session) run(ctx context.Context, step step) error {
	f := step.file
	work := func() error {
		if err := step.check(); err != nil {
			return err
		}
		if err := s.statements(ctx, f); err != nil {
			return err
		}
		if err := step.note(); err != nil {
			return fmt.Errorf("%s: note it in bun_migrations: %w", f.path, err)
		}
		return nil
	}
	if f.script.NoTransaction {
		return work()
	}
	return s.transaction(ctx, func() error {
		if err := work(); err != nil {
			return err
		}
		if err := s.verify(ctx); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		return nil
	})
}

// statements runs what a file says, as it says it: bun would look for
// placeholders in it.
func (s *session) statements(ctx context.Context, f *sqlFile) error {
	for i, statement := range f.script.Statements {
		if _, err := s.conn.Conn.ExecContext(ctx, statement.SQL); err != nil {
			kept := ""
			if f.script.NoTransaction && i > 0 {
				kept = fmt.Sprintf(" (what the file says before line %d took effect)", statement.Line)
			}
			return fmt.Errorf("%s, line %d: %s: %w%s", f.path, statement.Line, statement.Excerpt(), err, kept)
		}
	}
	return nil
}

// up applies one migration, unless another process did in the meantime.
func (s *session) up(ctx context.Context, m *migration) (fresh bool, err error) {
	err = s.run(ctx, step{
		file: m.up,
		check: func() error {
			applied, err := readApplied(ctx, s.conn)
			if _, done := applied[m.number]; done {
				err = errNothingToDo
			}
			return err
		},
		note: func() error {
			last := s.conn.NewSelect().Model((*migrationRow)(nil)).ColumnExpr("coalesce(max(group_id), 0) + 1")
			_, err := s.conn.NewInsert().Model(&migrationRow{Name: m.digits}).Value("group_id", "(?)", last).Exec(ctx)
			return err
		},
	})
	if errors.Is(err, errNothingToDo) {
		return false, nil
	}
	return err == nil, err
}

// down takes back the migration that was applied last, as row says.
func (s *session) down(ctx context.Context, m *migration, row migrationRow) error {
	if m.down == nil {
		return fmt.Errorf("%s can not be taken back: there is no file %s.down.sql", m.name, m.name)
	}
	return s.run(ctx, step{
		file: m.down,
		check: func() error {
			applied, err := readApplied(ctx, s.conn)
			if err == nil && applied[highest(applied)].ID != row.ID {
				err = errors.New("another process migrates the database at the same time; try again")
			}
			return err
		},
		note: func() error {
			_, err := s.conn.NewDelete().Model(&row).WherePK().Exec(ctx)
			return err
		},
	})
}

// highest returns the highest number in applied, 0 when there is none.
func highest(applied map[uint64]migrationRow) uint64 {
	var found uint64
	for number := range applied {
		found = max(found, number)
	}
	return found
}
