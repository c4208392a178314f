package generate

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"
)

var (
	migrationName = regexp.MustCompile(`^[0-9a-z_-]{1,100}$`)
	databases     = []string{"postgres", "sqlite"}
)

func migrationCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "migration name", Short: "Make the files of a migration, for both databases", Args: exactly("migration", "its name, such as add_tags"),
		Example: "  keryx generate migration add_tags",
		RunE:    func(cmd *cobra.Command, args []string) error { return run(cmd, f, args, generateMigration) },
	}
}

func generateMigration(p *plan, args []string) error {
	name := args[0]
	if !migrationName.MatchString(name) {
		return fmt.Errorf("%q is no name for a migration: use lower-case letters, digits, _ and -, such as add_tags", name)
	}
	return p.addMigration(name, func(database, direction string) string {
		what := "What " + name + " changes"
		if direction == "down" {
			what = "How " + name + " is taken back"
		}
		return fmt.Sprintf("-- %s, on %s: in place of this statement, which does nothing.\nSELECT 1;\n", what, database)
	})
}
