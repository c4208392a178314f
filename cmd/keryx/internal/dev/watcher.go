package dev

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// quiet is how long no file may change before a change is reported: editors write in
// several steps.
const quiet = 50 * time.Millisecond

// patterns are the files that are watched: Go code, settings, migrations, and what is
// embedded into pages or read by them.
var patterns = []string{
	"*.go", "go.mod", "go.sum", "go.work", ".env", ".env.*", "*.sql",
	"*.html", "*.htm", "*.tmpl", "*.gotmpl", "*.gohtml", "*.tpl", "*.css", "*.js", "*.mjs", "*.svg",
	"*.json", "*.yaml", "*.yml", "*.toml",
}

// change is what has changed since the last one.
type change struct {
	names    []string
	goOnly   bool // nothing but Go code, which is in the program or is not
	migrated bool // a migration that was there before has changed
}

// and returns the changes together.
func (c change) and(more change) change {
	for _, name := range more.names {
		if !slices.Contains(c.names, name) {
			c.names = append(c.names, name)
		}
	}
	c.goOnly = c.goOnly && more.goOnly
	c.migrated = c.migrated || more.migrated
	return c
}

// watcher watches the files below some directories.
type watcher struct {
	roots    []string
	patterns []string
	events   *fsnotify.Watcher
	known    map[string]bool // migrations that a version may have applied
}

// newWatcher watches the modules that the package is built of, apart from those in the
// module cache.
func newWatcher(pkg string, further []string) (*watcher, error) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &watcher{roots: modules(pkg), patterns: append(slices.Clone(patterns), further...), events: events, known: map[string]bool{}}
	for _, root := range w.roots {
		if err := w.add(root, nil); err != nil {
			_ = events.Close()
			return nil, err
		}
	}
	return w, nil
}

// modules returns the directories of the main module and of those that replace
// directives name, and the working directory, where the .env file is.
func modules(pkg string) []string {
	const format = `{{with .Module}}{{if .Main}}{{.Dir}}{{else if .Replace}}{{if not .Replace.Version}}{{.Dir}}{{end}}{{end}}{{end}}`
	out, _ := exec.Command("go", "list", "-e", "-deps", "-f", format, pkg).Output() // of a package that has errors, too
	dir, err := os.Getwd()
	roots := []string{dir}
	if err != nil {
		roots = nil
	}
	for line := range strings.Lines(string(out)) {
		if root := strings.TrimSpace(line); root != "" && !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	return roots
}

// add watches a directory and those below it, and calls found for each file there.
func (w *watcher) add(root string, found func(string)) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path == root && found == nil:
			return err
		case err != nil: // it is gone
			return nil
		case !entry.IsDir():
			if found != nil {
				found(path)
			} else if filepath.Ext(path) == ".sql" {
				w.known[path] = true
			}
			return nil
		case path != root && w.ignores(path):
			return fs.SkipDir
		}
		return w.events.Add(path)
	})
}

// ignores reports whether a directory is none of the app's sources.
func (w *watcher) ignores(dir string) bool {
	name := filepath.Base(dir)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") ||
		slices.Contains([]string{"node_modules", "testdata", "vendor", "tmp"}, name) {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil && !slices.Contains(w.roots, dir) // another module
}

// watches reports whether a file is one that matters.
func (w *watcher) watches(path string) bool {
	name := filepath.Base(path)
	if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, ".#") || strings.HasSuffix(name, "~") {
		return false
	}
	return slices.ContainsFunc(w.patterns, func(pattern string) bool {
		ok, _ := filepath.Match(pattern, name)
		return ok
	})
}

// run reports changes until ctx ends.
func (w *watcher) run(ctx context.Context, changes chan<- change) {
	defer w.events.Close()
	c := change{goOnly: true}
	calm := time.NewTimer(quiet)
	calm.Stop()
	var out chan<- change // nil until the files are quiet
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-w.events.Events:
			if ok && w.collect(e, &c) {
				out = nil
				calm.Reset(quiet)
			}
		case <-w.events.Errors: // events were lost: whatever has changed, a build finds it
			c.goOnly = false
			calm.Reset(quiet)
		case <-calm.C:
			out = changes
		case out <- c:
			for _, name := range c.names {
				w.known[name] = true
			}
			c, out = change{goOnly: true}, nil
		}
	}
}

// collect adds an event to a change, and reports whether it matters.
func (w *watcher) collect(e fsnotify.Event, c *change) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	matters := false
	note := func(path string) {
		if !w.watches(path) {
			return
		}
		matters = true
		c.goOnly = c.goOnly && filepath.Ext(path) == ".go"
		if filepath.Ext(path) == ".sql" {
			c.migrated = c.migrated || w.known[path]
		}
		if !slices.Contains(c.names, path) {
			c.names = append(c.names, path)
		}
	}
	if info, err := os.Stat(e.Name); err == nil && info.IsDir() {
		if e.Has(fsnotify.Create) && !w.ignores(e.Name) {
			_ = w.add(e.Name, note) // it may be gone
		}
		return matters
	}
	note(e.Name)
	return matters
}
