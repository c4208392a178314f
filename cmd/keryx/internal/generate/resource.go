package generate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// resourceData is what the templates of a resource are filled with.
type resourceData struct {
	*folder
	Type   string // Post
	Words  string // post, for people
	Action string // post: what the names of actions begin with
	Fields []field
}

func resourceCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "resource name field:type…", Short: "Make a table and the actions on it",
		Long: `Make a table, with migrations for both databases, and actions that create, list, show, edit
and delete its rows, for callers who are signed in.

A field is a name and a type: ` + strings.Join(fieldTypes, ", ") + `. A ? behind the type makes it optional.`,
		Example: "  keryx generate resource post title:string body:text publishedAt:time?",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return nil
			}
			return errors.New("name the resource and its fields: keryx generate resource post title:string body:text")
		},
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd, f, args, generateResource) },
	}
}

func generateResource(p *plan, args []string) error {
	if err := p.needDatabase(); err != nil {
		return err
	}
	data, err := newResource(p.project, args[0], args[1:])
	if err != nil {
		return err
	}
	if p.has(data.Dir) && !p.force {
		return fmt.Errorf("there is a folder %s already; --force overwrites what has the names of new files", data.Dir)
	}
	for _, file := range []struct{ name, template string }{
		{data.Name + ".go", "resource.go.tmpl"}, {strings.ToLower(data.Type) + ".go", "resource_row.go.tmpl"},
		{data.Name + "_test.go", "resource_test.go.tmpl"},
	} {
		if err := p.add(data.Dir+"/"+file.name, file.template, data); err != nil {
			return err
		}
	}
	if err := p.addMigration("create_"+data.Table(), data.migration); err != nil {
		return err
	}
	return p.registerApp(data.folder, data.Name+".Register(%s)")
}

func newResource(p *project, name string, args []string) (*resourceData, error) {
	if strings.Contains(name, ":") {
		return nil, fmt.Errorf("%q is no name for a resource, but looks like a field: name the resource first, such as post", name)
	}
	if err := checkName("a resource", name); err != nil {
		return nil, err
	}
	all := words(name)
	last := all[len(all)-1]
	if isPlural(last) {
		return nil, fmt.Errorf("name one of them: not %s, but perhaps %s", name, strings.TrimSuffix(name, "s"))
	}
	fields, err := parseFields(args)
	if err != nil {
		return nil, err
	}
	folder := &folder{p, "", strings.Join(all[:len(all)-1], "") + plural(last)}
	folder.Dir = "internal/" + folder.Name
	return &resourceData{folder, exported(all), strings.Join(all, " "), strings.Join(all, "-"), fields}, checkPackage(folder.Name)
}

// Table is the name of the table: blog_posts.
func (r *resourceData) Table() string {
	all := strings.Split(r.Action, "-")
	return strings.Join(append(all[:len(all)-1:len(all)-1], plural(all[len(all)-1])), "_")
}

// Plural is the plural, for people: blog posts.
func (r *resourceData) Plural() string { return strings.ReplaceAll(r.Table(), "_", " ") }

// Route is what the routes begin with: /blog-posts.
func (r *resourceData) Route() string { return "/" + strings.ReplaceAll(r.Table(), "_", "-") }

// Article is the word with its article: a post.
func (r *resourceData) Article() string { return article(r.Words) + " " + r.Words }

// HasOptionalTime reports whether a field is a time that may be left out.
func (r *resourceData) HasOptionalTime() bool {
	return slices.ContainsFunc(r.Fields, func(f field) bool { return f.goType == "time.Time" && f.Optional })
}

// migration is the SQL of a direction.
func (r *resourceData) migration(database, direction string) string {
	if direction == "down" {
		return fmt.Sprintf("DROP TABLE %s;\n", r.Table())
	}
	id := "id INTEGER PRIMARY KEY AUTOINCREMENT"
	if database == "postgres" {
		id = "id BIGSERIAL PRIMARY KEY"
	}
	columns := []string{id}
	for _, f := range r.Fields {
		columns = append(columns, f.SQL(database))
	}
	columns = append(columns, "created_at TIMESTAMP NOT NULL", "updated_at TIMESTAMP NOT NULL")
	return fmt.Sprintf("CREATE TABLE %s (\n    %s\n);\n", r.Table(), strings.Join(columns, ",\n    "))
}
