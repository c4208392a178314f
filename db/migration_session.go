package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// errNothingToDo says that another process was faster.
var errNothingToDo = errors.New("nothing to do")

// session is the connection that runs one file.
type session struct {
	conn bun.Conn
	guard
	notes
	*watcher
}

// discard closes a connection instead of giving it back to the pool. The
// database rolls back and gives up the locks of a session that ends.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
}

// transaction runs fn in a transaction that no other migrator has at the same
// time.
func (s *session) transaction(ctx context.Context, fn func() error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		stop := s.watch(ctx, "the commit of a migration takes long")
		_, err = s.conn.ExecContext(ctx, "COMMIT")
		stop()
		if err == nil {
			return nil
		}
		err = fmt.Errorf("commit: %w", err)
	}
	// ctx may have ended, and the locks should be given up before the next try.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, _ = s.conn.ExecContext(ctx, "ROLLBACK")
	return err
}

func (s *session) createTable(ctx context.Context) error {
	return s.transaction(ctx, func() error { return s.create(ctx, s.conn) })
}

// up applies one migration, unless another process did in the meantime.
func (s *session) up(ctx context.Context, m *migration) (fresh bool, err error) {
	err = s.run(ctx, step{
		file: m.up,
		check: func() error {
			applied, err := s.read(ctx, s.conn)
			if _, done := applied[m.number]; done {
				err = errNothingToDo
			}
			return err
		},
		note: func() error { return s.add(ctx, s.conn, m) },
	})
	if errors.Is(err, errNothingToDo) {
		return false, nil
	}
	return err == nil, err
}

// down takes back the migration that was applied last, as row says.
func (s *session) down(ctx context.Context, m *migration, row migrationRow) error {
	return s.run(ctx, step{
		file: m.down,
		check: func() error {
			applied, err := s.read(ctx, s.conn)
			if err == nil && applied[highest(applied)].ID != row.ID {
				err = errors.New("another process migrates the database at the same time; try again")
			}
			return err
		},
		note: func() error { return s.remove(ctx, s.conn, row) },
	})
}

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
