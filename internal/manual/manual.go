// Package manual makes llms.txt and llms-full.txt, which are the pages of the
// repository for agents that write code (https://llmstxt.org), and finds broken links
// in the pages.
package manual

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The names of the files.
const (
	IndexFile = "llms.txt"
	FullFile  = "llms-full.txt"
)

// intro is the head of llms.txt.
const intro = `# Keryx for Go

> A Go framework for backends, module github.com/keryx-go/keryx: write a controller once, as an action, and it answers over HTTP, over
> WebSockets and on the command line, with the same typed inputs, middleware and response. Redis is the caching layer, with the standard client.

An action is ` + "`func(context.Context, In) (Out, error)`" + `, registered with ` + "`keryx.Handle`" + `. The tags of In are the rules for its inputs. Errors for
clients are ` + "`keryx.NotFound(…)`" + ` and its like. Tests start the app with ` + "`keryxtest.Start`" + `. All pages in one file: [llms-full.txt](llms-full.txt).
`

// optional are the pages that an agent which writes an app can do without.
var optional = []string{
	"docs/architecture.md", "docs/benchmarks.md", "docs/regrets.md", "docs/releasing.md", "docs/scaling.md", "docs/stability.md",
	"CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "AGENTS.md",
}

// page is a row of the README's table of pages.
type page struct{ path, note string }

var (
	row  = regexp.MustCompile(`(?m)^\| (\[.*\)) \| (.*) \|$`)
	link = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)\)`)
)

// contents returns the pages in the order of the README of the repository at root. It
// is an error if a page of docs is not among them.
func contents(root string) (pages []page, err error) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		return nil, err
	}
	listed := map[string]bool{}
	for _, r := range row.FindAllStringSubmatch(string(readme), -1) {
		for _, l := range link.FindAllStringSubmatch(r[1], -1) {
			pages, listed[l[1]] = append(pages, page{l[1], r[2]}), true
		}
	}
	paths, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	for _, path := range paths {
		if name := "docs/" + filepath.Base(path); !listed[name] {
			err = errors.Join(err, fmt.Errorf("the table of pages in README.md does not have %s", name))
		}
	}
	return pages, err
}

// Index returns llms.txt for the repository at root.
func Index(root string) (string, error) {
	pages, err := contents(root)
	var docs, examples, rest strings.Builder
	for _, p := range pages {
		list := &docs
		switch {
		case slices.Contains(optional, p.path):
			list = &rest
		case strings.HasPrefix(p.path, "examples/"):
			list = &examples
		}
		fmt.Fprintf(list, "- [%s](%s): %s\n", strings.TrimSuffix(filepath.Base(p.path), ".md"), p.path, p.note)
	}
	return intro + "\n## Docs\n\n" + docs.String() + "\n## Examples\n\n" + examples.String() + "\n## Optional\n\n" + rest.String(), err
}

// Full returns llms-full.txt for the repository at root: the README and all pages of
// docs, those that are optional last.
func Full(root string) (string, error) {
	pages, err := contents(root)
	var whole, rest strings.Builder
	for _, p := range append([]page{{path: "README.md"}}, pages...) {
		if p.path != "README.md" && !strings.HasPrefix(p.path, "docs/") {
			continue
		}
		text, e := os.ReadFile(filepath.Join(root, p.path))
		err = errors.Join(err, e)
		out := &whole
		if slices.Contains(optional, p.path) {
			out = &rest
		}
		fmt.Fprintf(out, "<!-- %s -->\n\n%s\n\n", p.path, strings.TrimSpace(string(text)))
	}
	return whole.String() + strings.TrimRight(rest.String(), "\n") + "\n", err
}
