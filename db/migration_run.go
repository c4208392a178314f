package db

import (
	"context"
	"fmt"
)

// step is one file to run, in one direction.
type step struct {
	file *sqlFile
	// check is called first, while no other migrator runs: an error ends the
	// step.
	check func() error
	// note writes down that the step was done.
	note func() error
}

// run runs a step.
func (s *session) run(ctx context.Context, step step) error {
	f := step.file
	if f.script.NoTransaction {
		if err := s.lock(ctx); err != nil {
			return err
		}
		defer s.unlock(ctx)
		return s.work(ctx, step)
	}
	return s.transaction(ctx, func() error {
		if err := s.work(ctx, step); err != nil {
			return err
		}
		if err := s.verify(ctx); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		return nil
	})
}

func (s *session) work(ctx context.Context, step step) error {
	if err := step.check(); err != nil {
		return err
	}
	if err := s.statements(ctx, step.file); err != nil {
		return err
	}
	defer s.watch(ctx, "noting a migration in bun_migrations takes long")()
	err := s.restore(ctx)
	if err == nil {
		err = step.note()
	}
	if err != nil {
		return fmt.Errorf("%s: note it in bun_migrations: %w", step.file.path, err)
	}
	return nil
}

// statements runs what a file says, as it says it: bun would look for
// placeholders in it.
func (s *session) statements(ctx context.Context, f *sqlFile) error {
	for i, statement := range f.script.Statements {
		stop := s.watch(ctx, "a statement of a migration takes long", "line", statement.Line, "statement", statement.Excerpt())
		_, err := s.conn.Conn.ExecContext(ctx, statement.SQL)
		stop()
		if err != nil {
			kept := ""
			if f.script.NoTransaction && i > 0 {
				kept = fmt.Sprintf(" (what the file says before line %d took effect)", statement.Line)
			}
			return fmt.Errorf("%s, line %d: %s: %w%s", f.path, statement.Line, statement.Excerpt(), err, kept)
		}
	}
	return nil
}
