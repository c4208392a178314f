package generate

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/spf13/cobra"
)

//go:embed templates
var templateFiles embed.FS

var templates = template.Must(template.ParseFS(templateFiles, "templates/*.tmpl"))

// flags are those of all generators.
type flags struct {
	dryRun, force, noTest bool
}

// plan is what a generator will write, all of it or nothing.
type plan struct {
	*project
	flags
	files []file
}

// file is a file to be written.
type file struct {
	name string // from the root of the app, with slashes
	text []byte
	edit bool // it is there, and has been changed
}

// add adds a new file made by a template. Tests are left out with --no-test, and a test
// that is there is never overwritten.
func (p *plan) add(name, template string, data any) error {
	if strings.HasSuffix(name, "_test.go") && (p.noTest || p.has(name)) {
		return nil
	}
	if p.has(name) && !p.force {
		return fmt.Errorf("%s is there already; --force overwrites it", name)
	}
	var text bytes.Buffer
	if err := templates.ExecuteTemplate(&text, template, data); err != nil {
		return err
	}
	out := text.Bytes()
	if path.Ext(name) == ".go" {
		var err error
		if out, err = format.Source(out); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	p.files = append(p.files, file{name: name, text: out})
	return nil
}

// edit changes a Go file of the app, or one that the plan has.
func (p *plan) edit(name string, change func(*source) (*source, error)) error {
	text, at, err := p.read(name)
	if err != nil {
		return err
	}
	s, err := parse(name, text)
	if err != nil {
		return err
	}
	changed, err := change(s)
	if err != nil || bytes.Equal(changed.text, text) {
		return err
	}
	if at >= 0 {
		p.files[at].text = changed.text
	} else {
		p.files = append(p.files, file{name, changed.text, true})
	}
	return nil
}

// read returns the text of a file, and its place in the plan, or -1.
func (p *plan) read(name string) ([]byte, int, error) {
	for i, f := range p.files {
		if f.name == name {
			return f.text, i, nil
		}
	}
	text, err := os.ReadFile(p.path(name))
	return text, -1, err
}

// register adds a call to the function Register of a package, and to the app a call of
// Register. Both are made where they are not there.
func (p *plan) register(f *folder, call string) error {
	name := f.registers()
	if name == "" {
		name = f.Dir + "/register.go"
		if err := p.add(name, "register.go.tmpl", f); err != nil {
			return err
		}
	}
	err := p.edit(name, func(s *source) (*source, error) { return s.addCall("Register", call+"(%s)", "") })
	if err != nil {
		return err
	}
	return p.registerApp(f, f.Name+".Register(%s)")
}

// registerApp adds a call to the app.
func (p *plan) registerApp(f *folder, call string) error {
	return p.edit(registerFile, func(s *source) (*source, error) { return s.addCall("register", call, f.Import()) })
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

// apply writes the files, or with --dry-run prints them.
func (p *plan) apply(cmd *cobra.Command) error {
	for _, f := range p.files {
		verb := "write"
		if f.edit {
			verb = "change"
		}
		if p.dryRun {
			cmd.Printf("would %s %s\n\n%s\n", verb, f.name, f.text)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(p.path(f.name)), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(p.path(f.name), f.text, 0o666); err != nil {
			return err
		}
		cmd.Printf("%-6s %s\n", verb, f.name)
	}
	if len(p.files) == 0 {
		cmd.Println("there is nothing to change")
	}
	return nil
}
