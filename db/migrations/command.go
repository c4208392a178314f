package migrations

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/console"
	"github.com/keryx-go/keryx/part"
)

var errNoFiles = errors.New("this app has no migrations")

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

func up(ctx context.Context, m *db.Migrator, w io.Writer) error {
	applied, err := m.Up(ctx)
	report(w, "applied", applied...)
	if len(applied) == 0 && err == nil {
		fmt.Fprintln(w, "nothing to apply")
	}
	return err
}

func down(ctx context.Context, m *db.Migrator, w io.Writer) error {
	reverted, err := m.Down(ctx)
	switch {
	case err != nil:
		return err
	case reverted == "":
		fmt.Fprintln(w, "nothing to revert")
	default:
		report(w, "reverted", reverted)
	}
	return nil
}

// report prints a line for each name.
func report(w io.Writer, done string, names ...string) {
	for _, name := range names {
		fmt.Fprintln(w, done, name)
	}
}

func status(ctx context.Context, m *db.Migrator, w io.Writer) error {
	migrations, err := m.Status(ctx)
	if err != nil {
		return err
	}
	t := console.Table{{"MIGRATION", "APPLIED"}}
	for _, one := range migrations {
		name, applied := one.Name, "pending"
		if one.Applied() {
			applied = one.AppliedAt.UTC().Format(time.RFC3339)
		}
		if one.Missing {
			name += " (not in this program)"
		}
		t = append(t, []string{name, applied})
	}
	return t.Write(w)
}

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
