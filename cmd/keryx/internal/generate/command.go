// Package generate writes parts of an app: an action, a channel, a resource with its table
// and so on. What it writes is registered in the app, by a line in a function that lists
// what the app has.
package generate

import (
	"fmt"

	"github.com/spf13/cobra"
)

// Command returns the command generate.
func Command() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "generate", Aliases: []string{"g"}, Short: "Make a part of the app in this folder",
		Long: `Make a part of the app in this folder, with a test, and register it.

The app lists its packages in ` + registerFile + `, where a line is added. Apps of
"keryx new" have this file.`,
	}
	cmd.PersistentFlags().BoolVar(&f.dryRun, "dry-run", false, "print what would be written, and write nothing")
	cmd.PersistentFlags().BoolVar(&f.force, "force", false, "overwrite files that are there, but never a test")
	cmd.PersistentFlags().BoolVar(&f.noTest, "no-test", false, "make no test")
	cmd.AddCommand(actionCommand(&f), channelCommand(&f), middlewareCommand(&f), partCommand(&f), migrationCommand(&f), resourceCommand(&f))
	return cmd
}

// run plans with a generator, and writes what it planned.
func run(cmd *cobra.Command, f *flags, args []string, generate func(*plan, []string) error) error {
	project, err := findProject(".")
	if err != nil {
		return err
	}
	cmd.SetOut(cmd.OutOrStdout())
	p := &plan{project: project, flags: *f}
	if err := generate(p, args); err != nil {
		return err
	}
	return p.apply(cmd)
}

// exactly is the Args of a command with one argument.
func exactly(command, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s takes one argument, %s; there are %d", command, what, len(args))
	}
}
