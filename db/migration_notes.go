package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// migrationRow is the note that a migration was applied, as bun/migrate writes
// it. Its groups are what bun/migrate takes back at once: one migration each.
type migrationRow struct {
	bun.BaseModel `bun:"table:bun_migrations,alias:note"`

	ID         int64  `bun:",pk,autoincrement"`
	Name       string `bun:",unique"`
	GroupID    int64
	MigratedAt time.Time `bun:",notnull,nullzero,default:current_timestamp"`
}

// notes is the table bun_migrations. Its schema is found once, before any file
// runs, so that no file can move it.
type notes struct {
	schema string
	exists bool
}

// findNotes looks for the table where an unqualified name is looked for. It also
// returns the pid of the session on Postgres.
func findNotes(ctx context.Context, conn bun.Conn) (n notes, pid int64, err error) {
	query := `SELECT coalesce((SELECT n.nspname FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('bun_migrations')),
		current_schema(), ''), to_regclass('bun_migrations') IS NOT NULL, pg_backend_pid()`
	if conn.Dialect().Name() == dialect.SQLite {
		query = "SELECT 'main', EXISTS (SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = 'bun_migrations'), 0"
	}
	if err := conn.QueryRowContext(ctx, query).Scan(&n.schema, &n.exists, &pid); err != nil {
		return n, 0, fmt.Errorf("look for the table bun_migrations: %w", err)
	}
	if n.schema == "" {
		return n, 0, errors.New("there is no schema for the table bun_migrations: create one that search_path names")
	}
	return n, pid, nil
}

// table is the arguments of bun's ModelTableExpr.
func (n notes) table() (string, bun.Ident) { return "?.bun_migrations AS note", bun.Ident(n.schema) }

func (n notes) create(ctx context.Context, conn bun.Conn) error {
	_, err := conn.NewCreateTable().Model((*migrationRow)(nil)).
		ModelTableExpr("?.bun_migrations", bun.Ident(n.schema)).IfNotExists().Exec(ctx)
	if err != nil {
		return fmt.Errorf("create the table bun_migrations: %w", err)
	}
	return nil
}

// read returns the notes by the migrations' numbers.
func (n notes) read(ctx context.Context, conn bun.Conn) (map[uint64]migrationRow, error) {
	var rows []migrationRow
	if err := conn.NewSelect().Model(&rows).ModelTableExpr(n.table()).Scan(ctx); err != nil {
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

func (n notes) add(ctx context.Context, conn bun.Conn, m *migration) error {
	last := conn.NewSelect().Model((*migrationRow)(nil)).ModelTableExpr(n.table()).
		ColumnExpr("coalesce(max(group_id), 0) + 1")
	_, err := conn.NewInsert().Model(&migrationRow{Name: m.digits}).ModelTableExpr(n.table()).
		Value("group_id", "(?)", last).Exec(ctx)
	return err
}

func (n notes) remove(ctx context.Context, conn bun.Conn, row migrationRow) error {
	_, err := conn.NewDelete().Model(&row).ModelTableExpr(n.table()).WherePK().Exec(ctx)
	return err
}

// highest returns the highest number in applied, 0 when there is none.
func highest(applied map[uint64]migrationRow) uint64 {
	var found uint64
	for number := range applied {
		found = max(found, number)
	}
	return found
}
