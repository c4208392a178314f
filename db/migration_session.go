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
