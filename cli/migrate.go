package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

var errNoMigrations = errors.New("this app has no migrations")

func (p *program) migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:    "migrate",
		Short:  "Change the schema of the database",
		Hidden: p.Migrate == nil && p.CreateMigration == nil,
	}
	cmd.AddCommand(
		p.migration("up", "Apply every pending migration", p.migrateUp),
		p.migration("down", "Revert what the last up has applied", p.migrateDown),
		p.migration("status", "List the migrations and when they were applied", p.migrateStatus),
		p.migrateNewCommand(),
	)
	return cmd
}

// migration is a command that needs the database.
func (p *program) migration(name, short string, do func(context.Context, Migrator) error) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: noArguments, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if p.Migrate == nil {
				return failed(errNoMigrations)
			}
			return failed(p.Migrate(cmd.Context(), p.quiet, do))
		},
	}
}

func (p *program) migrateUp(ctx context.Context, m Migrator) error {
	applied, err := m.Up(ctx)
	return p.report("applied", "nothing to apply", applied, err)
}

func (p *program) migrateDown(ctx context.Context, m Migrator) error {
	reverted, err := m.Down(ctx)
	return p.report("reverted", "nothing to revert", reverted, err)
}

// report names what was done, also before something failed.
func (p *program) report(done, nothing string, names []string, err error) error {
	for _, name := range names {
		fmt.Fprintln(p.Stdout, done, name)
	}
	if len(names) == 0 && err == nil {
		fmt.Fprintln(p.Stdout, nothing)
	}
	return err
}

func (p *program) migrateStatus(ctx context.Context, m Migrator) error {
	migrations, err := m.Status(ctx)
	if err != nil {
		return err
	}
	t := table{{"MIGRATION", "APPLIED"}}
	for _, m := range migrations {
		applied := "pending"
		if !m.Applied.IsZero() {
			applied = m.Applied.UTC().Format(time.RFC3339)
		}
		t = append(t, []string{m.Name, applied})
	}
	return t.write(p.Stdout)
}

func (p *program) migrateNewCommand() *cobra.Command {
	return &cobra.Command{
		Use: "new NAME", Short: "Write the files of a new, empty migration", DisableFlagsInUseLine: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &misuse{cmd: cmd, message: "migrate new needs a name, such as add_users"}
			}
			return noArguments(cmd, args[1:])
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if p.CreateMigration == nil {
				return failed(errNoMigrations)
			}
			files, err := p.CreateMigration(args[0])
			return failed(p.report("created", "nothing to create", files, err))
		},
	}
}
