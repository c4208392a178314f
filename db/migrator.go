package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/uptrace/bun"
)

// Migrator applies migrations, which are SQL files, to a database and takes
// them back.
//
// # Files
//
// The files are named as [bun/migrate] names them, in any folder:
//
//	20240131120000_create_users.up.sql
//	20240131120000_create_users.down.sql
//
// The number in front, of up to 14 digits, is the migration's place in the
// order; two migrations must not have the same. Files ending in .tx.up.sql and
// .tx.down.sql are the same. Names that begin with a dot are not looked at, and
// any other file is an error.
//
// A folder named postgres or sqlite, at any depth, is for that database alone; all
// other files are for both. The files for a database, from whatever folder, are one
// sequence in the order of their numbers. When there are folders for other databases
// only, that is an error: this one was forgotten.
//
//	migrations/20240131120000_create_users.up.sql
//	migrations/postgres/20240201120000_search.up.sql
//	migrations/sqlite/20240201120000_search.up.sql
//
// # Transactions
//
// Each migration, one way or the other, runs in a transaction of its own,
// together with the note that it was applied: a migration that fails leaves no
// trace. It is for statements that Postgres runs outside of a transaction
// only, such as CREATE INDEX CONCURRENTLY, that a file may have a line
//
//	--keryx:no-transaction
//
// Its statements then take effect one by one, and when one fails those before
// it stay, without a note.
//
// A file is cut into statements at its semicolons, except those in quotes, comments
// and parentheses and in the bodies of triggers and functions, and at lines
//
//	--bun:split
//
// SQLite does not enforce foreign keys while a migration runs, since replacing
// a table would delete the rows that refer to it. They are checked before the
// migration commits: one that leaves a row without its parent fails.
//
// # Sessions
//
// Each file begins with a clean session: what it sets there reaches neither the
// next file nor the app. Files that leave their session alone share a connection,
// which is reset between them and closed afterwards. Then the idle connections of
// the pool are renewed, since a migration may have changed the defaults of new
// ones.
//
// A file must not begin or end a transaction, copy from or to the client, or use
// commands of psql: [NewMigrator] returns an error that names the line.
//
// # Several processes
//
// Any number of processes may migrate one database at once: one does, the
// others wait for it, for as long as their context lets them, and say in the log
// what they wait for. Postgres holds an advisory lock, SQLite its write lock; both
// end with the process that holds them, in whatever way it ends. On Postgres the
// lock is that of the transaction, which a pooler in transaction mode keeps as it
// should; a file without a transaction needs a connection without such a pooler.
//
// The notes are in the table bun_migrations, which is bun/migrate's own, in the
// schema that search_path named before the first file ran.
//
// [bun/migrate]: https://bun.uptrace.dev/guide/migrations.html
type Migrator struct {
	// Logger is told what has kept a migrator waiting for five seconds, and for
	// each minute more. Set it before the first call. Nil means [slog.Default].
	Logger *slog.Logger

	runner runner
}

// runner is what a migrator does; see [engine] for why it is an interface.
type runner interface {
	up(ctx context.Context, log *slog.Logger) (applied []string, err error)
	down(ctx context.Context, log *slog.Logger) (name string, err error)
	status(ctx context.Context, log *slog.Logger) ([]Migration, error)
}

// Migration is a migration and whether it was applied.
type Migration struct {
	// Name is the number and the name: "20240131120000_create_users".
	Name string
	// AppliedAt is when it was applied; the zero time when it was not yet.
	AppliedAt time.Time
	// Missing says that it was applied, but that this program has no such
	// migration, as when an older version of it runs. Its Name is the number.
	Missing bool
}

// Applied reports whether the migration was applied.
func (m Migration) Applied() bool { return !m.AppliedAt.IsZero() }

// NewMigrator reads the migrations in fsys, often an [embed.FS]. It is an error
// when a file is no migration, when two have the same number, when there is a
// down without its up, and when a file's SQL cannot be cut into statements.
func NewMigrator(db *bun.DB, fsys fs.FS) (*Migrator, error) {
	if linked == nil {
		return nil, errors.New("migrations: the program has no driver: import package db/postgres or db/sqlite")
	}
	r, err := linked.migrator(db, fsys)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return &Migrator{runner: r}, nil
}

// Up applies the migrations that were not applied yet, in order, and returns the
// names of those that this call applied. It stops at the first that fails, with
// an error that names its file and statement; those before it stay applied.
func (m *Migrator) Up(ctx context.Context) (applied []string, err error) {
	applied, err = m.runner.up(ctx, m.logger())
	return applied, migrationsError(ctx, err)
}

// Down takes the last migration back, that is the applied one with the highest
// number, and returns its name; "" when none is applied. It is an error when
// that migration has no down file.
func (m *Migrator) Down(ctx context.Context) (name string, err error) {
	name, err = m.runner.down(ctx, m.logger())
	return name, migrationsError(ctx, err)
}

// Status returns all migrations in order: those of this program, and those that
// another one applied. It changes nothing, and does not wait for migrations that
// run.
func (m *Migrator) Status(ctx context.Context) ([]Migration, error) {
	all, err := m.runner.status(ctx, m.logger())
	return all, migrationsError(ctx, err)
}

func (m *Migrator) logger() *slog.Logger {
	if m.Logger == nil {
		return slog.Default()
	}
	return m.Logger
}

// migrationsError adds to an error why ctx has ended, such as a signal.
func migrationsError(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case err == nil:
		return nil
	case cause != nil && !errors.Is(err, cause):
		return fmt.Errorf("migrations: %w (%w)", err, cause)
	}
	return fmt.Errorf("migrations: %w", err)
}
