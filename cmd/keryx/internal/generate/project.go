package generate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// registerFile is where an app lists its packages, from its root.
const registerFile = "internal/app/register.go"

var moduleLine = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)"?`)

// project is an app on the disk.
type project struct {
	root   string // the folder of go.mod
	module string // the path of the module
}

// findProject returns the app that dir is in.
func findProject(dir string) (*project, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for root := dir; ; root = filepath.Dir(root) {
		mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if errors.Is(err, fs.ErrNotExist) {
			if root == filepath.Dir(root) {
				return nil, fmt.Errorf("there is no go.mod in %s or above it; go to the folder of an app, or make one: keryx new my-app", dir)
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		found := moduleLine.FindSubmatch(mod)
		if found == nil {
			return nil, fmt.Errorf("%s has no line with the module's path", filepath.Join(root, "go.mod"))
		}
		p := &project{root, string(found[1])}
		if !p.has(registerFile) {
			return nil, fmt.Errorf("%s has no file %s, which lists the packages of an app:\n\n%s", root, registerFile, emptyRegister)
		}
		return p, nil
	}
}

// emptyRegister is what an app needs to be generated for.
const emptyRegister = `package app

import "github.com/keryx-go/keryx"

// register adds what the packages have to the app; newApp calls it.
func register(api *keryx.API) {
}
`

// path returns the path of a file of the app, named from its root with slashes.
func (p *project) path(name string) string { return filepath.Join(p.root, filepath.FromSlash(name)) }

// has reports whether the app has a file or folder.
func (p *project) has(name string) bool {
	_, err := os.Stat(p.path(name))
	return err == nil
}

// hasDatabase reports whether the app has migrations for both databases.
func (p *project) hasDatabase() bool {
	return p.has("migrations/postgres") && p.has("migrations/sqlite")
}

// needDatabase returns an error for an app without one.
func (p *project) needDatabase() error {
	if p.hasDatabase() {
		return nil
	}
	return errors.New("this app has no database: there are no folders migrations/postgres and migrations/sqlite; " +
		"an app of \"keryx new\" without --no-db shows what it takes")
}

// folderFor returns the package for a subject: one that is there by its name or its
// plural, or a new one by its name.
func (p *project) folderFor(subject string) (*folder, error) {
	name := strings.ToLower(strings.Join(words(subject), ""))
	for _, candidate := range []string{name, plural(name)} {
		if p.has("internal/" + candidate) {
			return &folder{p, "internal/" + candidate, candidate}, checkPackage(candidate)
		}
	}
	return &folder{p, "internal/" + name, name}, checkPackage(name)
}

// relative returns a path from the root of the app.
func (p *project) relative(name string) string {
	if short, err := filepath.Rel(p.root, name); err == nil {
		return filepath.ToSlash(short)
	}
	return name
}

// actionNamed returns where an action of a name is registered, or "".
func (p *project) actionNamed(name string) (string, error) {
	at := ""
	err := filepath.WalkDir(p.path("internal"), func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if before, _, found := strings.Cut(string(text), fmt.Sprintf("Name: %q", name)); found {
			at = fmt.Sprintf("%s:%d", p.relative(file), 1+strings.Count(before, "\n"))
		}
		return nil
	})
	return at, err
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
