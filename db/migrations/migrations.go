// Package migrations is the part of an app that migrates its database when it
// starts, and the commands `migrate up`, `down`, `status` and `new`. Package db has
// the migrator itself, and says what a migration is.
package migrations

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/console"
	"github.com/keryx-go/keryx/part"
)

// Options configure [New].
type Options struct {
	// Name is the name of the part and of its command, for an app with several
	// databases. Empty: "migrations", and the command `migrate`.
	Name string
	// Database is what to migrate. Required.
	Database *db.Database
	// Files are the migrations; see [db.Migrator]. Nil: there are none.
	Files fs.FS
	// Dir is the directory in which `migrate new` writes. Empty: "migrations".
	Dir string
	// Manual leaves migrating to `migrate up`: Start changes nothing, and warns of what
	// is pending.
	Manual bool
	// Logger gets a line about what Start has applied, and what it waits for. Nil
	// discards it.
	Logger *slog.Logger
}

// Migrations migrates a database. It is a part of an app (package part).
type Migrations struct{ options Options }

var _ part.Commander = (*Migrations)(nil)

// New returns the migrations of a database. Start applies them.
func New(o Options) *Migrations {
	if o.Dir == "" {
		o.Dir = "migrations"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Migrations{o}
}

// Name returns "migrations", or [Options.Name].
func (m *Migrations) Name() string {
	if m.options.Name == "" {
		return "migrations"
	}
	return m.options.Name
}

// DependsOn returns the name of the database.
func (m *Migrations) DependsOn() []string { return []string{m.options.Database.Name()} }

// Start applies the pending migrations, or with [Options.Manual] logs a warning that
// names them. It does nothing without a database or files.
func (m *Migrations) Start(ctx context.Context) error {
	o := m.options
	if o.Files == nil || !o.Database.Configured() {
		return nil
	}
	migrator, err := m.migrator()
	if err != nil {
		return err
	}
	if o.Manual {
		return m.warnPending(ctx, migrator)
	}
	applied, err := migrator.Up(ctx)
	if len(applied) > 0 {
		o.Logger.Info("migrated the database", "applied", applied)
	}
	return err
}

// warnPending logs which migrations are not applied.
func (m *Migrations) warnPending(ctx context.Context, migrator *db.Migrator) error {
	all, err := migrator.Status(ctx)
	if err != nil {
		return err
	}
	var pending []string
	for _, migration := range all {
		if !migration.Applied() {
			pending = append(pending, migration.Name)
		}
	}
	if len(pending) > 0 {
		m.options.Logger.Warn("the schema of the database is old: run the command migrate up", "pending", pending)
	}
	return nil
}

// Stop does nothing.
func (m *Migrations) Stop(context.Context) error { return nil }

// migrator returns the migrator of the connected database.
func (m *Migrations) migrator() (*db.Migrator, error) {
	if !m.options.Database.Configured() {
		return nil, errors.New("there is no database to migrate; set DATABASE_URL")
	}
	migrator, err := db.NewMigrator(m.options.Database.DB, m.options.Files)
	if err != nil {
		return nil, err
	}
	migrator.Logger = m.options.Logger
	return migrator, nil
}

// Commands returns the command `migrate`. It is hidden when there are no files.
func (m *Migrations) Commands(run part.Run) []*cobra.Command {
	name := m.options.Name
	if name == "" {
		name = "migrate"
	}
	c := &cobra.Command{Use: name, Short: "Change the schema of the database", Hidden: m.options.Files == nil}
	c.AddCommand(
		m.command(run, "up", "Apply every pending migration", up),
		m.command(run, "down", "Revert the migration that was applied last", down),
		m.command(run, "status", "List the migrations and when they were applied", status),
		m.newCommand(),
	)
	return []*cobra.Command{c}
}

// command returns a command that uses the database, and starts nothing else.
func (m *Migrations) command(run part.Run, name, short string, do func(context.Context, *db.Migrator, io.Writer) error) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: console.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if m.options.Files == nil {
				return errNoFiles
			}
			return run(cmd.Context(), func(ctx context.Context) error {
				migrator, err := m.migrator()
				if err != nil {
					return err
				}
				return do(ctx, migrator, cmd.OutOrStdout())
			}, m.options.Database.Name())
		},
	}
}

// newCommand returns the command `migrate new`.
func (m *Migrations) newCommand() *cobra.Command {
	return &cobra.Command{
		Use: "new NAME", Short: "Write the files of a new, empty migration",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("migrate new needs a name, such as add_users")
			}
			return console.NoArgs(cmd, args[1:])
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if m.options.Files == nil {
				return errNoFiles
			}
			files, err := db.CreateMigration(m.options.Dir, args[0])
			report(cmd.OutOrStdout(), "created", files...)
			return err
		},
	}
}
