// Package scaffold makes new apps. The app that it writes lies in the folder app, and what
// is otherwise without a database in the folder plain: real packages, which are compiled
// and tested with the framework. Writing an app replaces their import path and their name.
package scaffold

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Framework is the path of the module that apps require.
const Framework = "github.com/keryx-go/keryx"

// here is the import path of this package: what the template's own imports begin with.
const here = Framework + "/cmd/keryx/internal/scaffold/"

// templateName is the name of the app in the template.
const templateName = "my-app"

//go:embed all:app all:plain
var templates embed.FS

// withDatabase are the folders of the template that an app without a database lacks.
var withDatabase = []string{"migrations", "internal/users"}

// App describes an app to be made.
type App struct {
	// Name is the app's name in help, logs and files, such as my-app. Required.
	Name string
	// Module is the path of its module. Required.
	Module string
	// NoDatabase leaves the database out, and with it the accounts.
	NoDatabase bool
	// Version is the version of the framework that the app requires. Required, unless
	// Replace is set.
	Version string
	// Replace is the directory of a checkout that the app uses in place of a version.
	// Empty means none.
	Replace string
}

// Files returns the files of the app by their paths, with slashes.
func (a App) Files() (map[string][]byte, error) {
	files := map[string][]byte{"go.mod": a.goMod()}
	if a.Replace != "" { // the sums of the checkout are those of the app: no network is needed
		sums, err := os.ReadFile(filepath.Join(a.Replace, "go.sum"))
		if err != nil {
			return nil, err
		}
		files["go.sum"] = sums
	}
	if err := a.add(files, "app"); err != nil {
		return nil, err
	}
	if a.NoDatabase {
		maps.DeleteFunc(files, func(name string, _ []byte) bool {
			return slices.ContainsFunc(withDatabase, func(folder string) bool { return strings.HasPrefix(name, folder+"/") })
		})
		if err := a.add(files, "plain"); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// add adds the files of a template.
func (a App) add(files map[string][]byte, template string) error {
	return fs.WalkDir(templates, template, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := templates.ReadFile(name)
		if err != nil {
			return err
		}
		text = a.fill(text)
		if path.Ext(name) == ".go" {
			if text, err = format.Source(text); err != nil { // imports are in another order than before
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		files[strings.TrimPrefix(name, template+"/")] = text
		return nil
	})
}

// fill replaces what belongs to the template by what belongs to the app.
func (a App) fill(text []byte) []byte {
	for _, template := range []string{"app/", "plain/"} {
		text = bytes.ReplaceAll(text, []byte(here+template), []byte(a.Module+"/"))
	}
	return bytes.ReplaceAll(text, []byte(templateName), []byte(a.Name))
}

// goMod returns the file go.mod, which "go mod tidy" completes.
func (a App) goMod() []byte {
	mod := fmt.Sprintf("module %s\n\ngo 1.26.0\n\nrequire %s ", a.Module, Framework)
	if a.Replace == "" {
		return []byte(mod + a.Version + "\n")
	}
	return fmt.Appendf(nil, "%sv0.0.0\n\nreplace %s => %s\n", mod, Framework, quotePath(filepath.ToSlash(a.Replace)))
}

// quotePath quotes a path for go.mod if it needs to be.
func quotePath(path string) string {
	if strings.ContainsAny(path, " \"'`(),") {
		return fmt.Sprintf("%q", path)
	}
	return path
}
