package scaffold

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/internal/console"
)

// flags are those of the command new.
type flags struct {
	module     string
	noDatabase bool
	yes        bool
	replace    string
}

// Command returns the command new.
func Command() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "new [folder]", Short: "Make an app that runs from nothing",
		Long: `Make an app in a folder that is new or empty. The folder's name is the app's name.

The app has accounts, a cached list, a channel, a page, tests, migrations for Postgres and
SQLite, a Dockerfile, compose.yaml, and a workflow for CI. It runs without any service.
On a terminal, what no flag says is asked for.`,
		Example: "  keryx new my-app\n  keryx new my-app --module github.com/ada/my-app --no-db --yes",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runNew(cmd, args, f) },
	}
	cmd.Flags().StringVar(&f.module, "module", "", "the `path` of the Go module (default example.com/<name>)")
	cmd.Flags().BoolVar(&f.noDatabase, "no-db", false, "no database, and so no accounts: visitors enter with a name")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "ask nothing, and take the defaults")
	cmd.Flags().StringVar(&f.replace, "replace", "", "use the checkout of Keryx in this `directory`, to work on the framework itself")
	return cmd
}

func runNew(cmd *cobra.Command, args []string, f flags) error {
	version, replace, err := source(BuildVersion(), f.replace)
	if err != nil {
		return err
	}
	q := questions{in: cmd.InOrStdin(), out: cmd.ErrOrStderr(), silent: f.yes || !console.IsTerminal(cmd.InOrStdin())}
	dir, name, err := folder(args, &q)
	if err != nil {
		return err
	}
	a := App{Name: name, Module: f.module, NoDatabase: f.noDatabase, Version: version, Replace: replace}
	if a.Module == "" {
		if a.Module, err = q.text("Module path", "example.com/"+name, CheckModule); err != nil {
			return err
		}
	}
	if err := CheckModule(a.Module); err != nil {
		return err
	}
	if !cmd.Flags().Changed("no-db") {
		database, err := q.yes("A database, for accounts (SQLite, and Postgres in production)?")
		if err != nil {
			return err
		}
		a.NoDatabase = !database
	}
	return write(cmd, a, dir)
}

// folder returns the folder of the app and the app's name.
func folder(args []string, q *questions) (dir, name string, err error) {
	switch {
	case len(args) == 1:
		dir = args[0]
	case q.silent:
		return "", "", fmt.Errorf("name the folder of the app: keryx new my-app")
	default:
		if dir, err = q.text("Folder", templateName, nil); err != nil {
			return "", "", err
		}
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", "", err
	}
	name = filepath.Base(absolute)
	if err := CheckName(name); err != nil {
		return "", "", err
	}
	return dir, name, checkEmpty(dir)
}

// write writes the app and says what follows.
func write(cmd *cobra.Command, a App, dir string) error {
	files, err := a.Files()
	if err != nil {
		return err
	}
	if err := writeAll(dir, files); err != nil {
		return err
	}
	cmd.PrintErrf("%d files written to %s (module %s)\nfetching modules: go mod tidy …\n", len(files), dir, a.Module)
	if err := tidy(cmd.Context(), dir); err != nil {
		return fmt.Errorf("the app is written, but its modules could not be fetched; solve this, and run: cd %s && go mod tidy\n%w", dir, err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\n  cd %s\n  go run . start\n\nThen open http://localhost:8080. README.md says where things are.\n", dir)
	return err
}
