package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// migrationRow is the note that a migration was applied, as bun/migrate writes
// it. Its groups are what bun/migrate takes back at once: one migration each.
type migrationRow struct {
	bun.BaseModel `bun:"table:bun_migrations"`

	ID         int64  `bun:",pk,autoincrement"`
	Name       string `bun:",unique"`
	GroupID    int64
	MigratedAt time.Time `bun:",notnull,nullzero,default:current_timestamp"`
}

// session is the connection that migrates.
type session struct {
	conn bun.Conn
	guard
}

// begun returns a session that no other can disturb. The caller ends it.
func begun(ctx context.Context, conn bun.Conn) (*session, error) {
	s := &session{conn: conn, guard: newGuard(conn)}
	err := s.enter(ctx)
	if err == nil {
		err = s.createTable(ctx)
	}
	if err != nil {
		s.end(ctx)
		return nil, err
	}
	return s, nil
}

// end gives the lock back. A lock that can not be given back ends with the
// connection.
func (s *session) end(ctx context.Context) {
	ctx, cancel := afterwards(ctx)
	defer cancel()
	if s.leave(ctx) != nil {
		discard(s.conn.Conn)
	}
}

// afterwards returns the context of what must be done even when ctx has ended.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// discard keeps a connection in an unknown state from being used again.
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
		if _, err = s.conn.ExecContext(ctx, "COMMIT"); err == nil {
			return nil
		}
		err = fmt.Errorf("commit: %w", err)
	}
	ctx, cancel := afterwards(ctx)
	defer cancel()
	if _, failed := s.conn.ExecContext(ctx, "ROLLBACK"); failed != nil {
		discard(s.conn.Conn) // which rolls back
	}
	return err
}

func (s *session) createTable(ctx context.Context) error {
	if exists, err := hasTable(ctx, s.conn); err != nil || exists {
		return err
	}
	return s.transaction(ctx, func() error {
		if _, err := s.conn.NewCreateTable().Model((*migrationRow)(nil)).IfNotExists().Exec(ctx); err != nil {
			return fmt.Errorf("create the table bun_migrations: %w", err)
		}
		return nil
	})
}

func hasTable(ctx context.Context, conn bun.Conn) (exists bool, err error) {
	query := "SELECT to_regclass('bun_migrations') IS NOT NULL"
	if conn.Dialect().Name() == dialect.SQLite {
		query = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'bun_migrations')"
	}
	if err := conn.QueryRowContext(ctx, query).Scan(&exists); err != nil {
		return false, fmt.Errorf("look for the table bun_migrations: %w", err)
	}
	return exists, nil
}

// readApplied returns the notes by the migrations' numbers.
func readApplied(ctx context.Context, conn bun.Conn) (map[uint64]migrationRow, error) {
	if exists, err := hasTable(ctx, conn); err != nil || !exists {
		return nil, err
	}
	var rows []migrationRow
	if err := conn.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read bun_migrations: %w", err)
	}
	applied := make(map[uint64]migrationRow, len(rows))
	for _, row := range rows {
		number, err := parseNumber(row.Name)
		if err != nil {
			return nil, fmt.Errorf("bun_migrations has a migration %q: %w", row.Name, err)
		}
		applied[number] = row
	}
	return applied, nil
}
