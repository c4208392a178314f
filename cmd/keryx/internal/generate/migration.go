package generate

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

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

// addMigration adds the four files of a migration.
func (p *plan) addMigration(name string, text func(database, direction string) string) error {
	if err := p.needDatabase(); err != nil {
		return err
	}
	number, there, err := p.migrationNumber(name)
	switch {
	case err != nil:
		return err
	case there != "" && !p.force:
		return fmt.Errorf("there is a migration %s already: %s", name, there)
	}
	for _, database := range databases {
		for _, direction := range []string{"up", "down"} {
			path := fmt.Sprintf("migrations/%s/%s_%s.%s.sql", database, number, name, direction)
			p.files = append(p.files, file{name: path, text: []byte(text(database, direction))})
		}
	}
	return nil
}

// migrationNumber returns the number of a migration: that of the file that is there, or
// the time, to the first second that no migration has.
func (p *project) migrationNumber(name string) (number, there string, err error) {
	taken := map[string]bool{}
	for _, database := range databases {
		files, err := filepath.Glob(p.path("migrations/" + database + "/*.sql"))
		if err != nil {
			return "", "", err
		}
		for _, file := range files {
			n, rest, _ := strings.Cut(filepath.Base(file), "_")
			taken[n] = true
			if strings.TrimSuffix(strings.TrimSuffix(rest, ".up.sql"), ".tx") == name {
				return n, p.relative(file), nil
			}
		}
	}
	for t := time.Now().UTC(); ; t = t.Add(time.Second) {
		if number := t.Format("20060102150405"); !taken[number] {
			return number, "", nil
		}
	}
}
