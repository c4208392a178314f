package generate

import (
	"strings"

	"github.com/spf13/cobra"
)

// middlewareData is what the templates of a middleware are filled with.
type middlewareData struct {
	*folder
	Middleware string // as it was typed
	Type       string // the function
}

func middlewareCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "middleware name", Short: "Make a middleware around all actions", Args: exactly("middleware", "its name, such as timing"),
		Example: "  keryx generate middleware timing",
		RunE:    func(cmd *cobra.Command, args []string) error { return run(cmd, f, args, generateMiddleware) },
	}
}

func generateMiddleware(p *plan, args []string) error {
	if err := checkName("a middleware", args[0]); err != nil {
		return err
	}
	folder := &folder{p.project, "internal/middleware", "middleware"}
	data := &middlewareData{folder, args[0], exported(words(args[0]))}
	file := strings.ToLower(data.Type)
	if err := data.free([]string{file + ".go"}, data.Type); err != nil {
		return err
	}
	if err := p.add(data.Dir+"/"+file+".go", "middleware.go.tmpl", data); err != nil {
		return err
	}
	if err := p.add(data.Dir+"/"+file+"_test.go", "middleware_test.go.tmpl", data); err != nil {
		return err
	}
	return p.registerApp(folder, "%[1]s.Actions.Use(middleware."+data.Type+"(%[1]s))")
}
