package generate

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// partData is what the templates of a part are filled with.
type partData struct {
	*folder
	Part string // its name: mailer
}

func partCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "part name", Short: "Make a part, which starts and stops with the app", Args: exactly("part", "its name, such as mailer"),
		Example: "  keryx generate part mailer",
		RunE:    func(cmd *cobra.Command, args []string) error { return run(cmd, f, args, generatePart) },
	}
}

// ownParts are the names of the framework's parts.
var ownParts = []string{"redis", "database", "migrations", "cache", "channels", "actions", "web", "documents", "websocket"}

func generatePart(p *plan, args []string) error {
	if err := checkName("a part", args[0]); err != nil {
		return err
	}
	name := strings.ToLower(strings.Join(words(args[0]), ""))
	for _, own := range ownParts {
		if name == own {
			return fmt.Errorf("the framework has a part %s; choose another name", name)
		}
	}
	if err := checkPackage(name); err != nil {
		return err
	}
	data := &partData{&folder{p.project, "internal/" + name, name}, name}
	file := name + ".go"
	if err := data.free([]string{file}, "Part", "New"); err != nil {
		return err
	}
	if err := p.add(data.Dir+"/"+file, "part.go.tmpl", data); err != nil {
		return err
	}
	if err := p.add(data.Dir+"/"+name+"_test.go", "part_test.go.tmpl", data); err != nil {
		return err
	}
	return p.registerApp(data.folder, "%[1]s.Use("+name+".New(%[1]s.Logger))")
}
