package doctest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Snippets returns an error for each block of Go on the page that is not, line by
// line, in a Go file of the directories, or, of a test file, in a function that go
// test runs. Indentation does not count. A line "// …" leaves out code: what follows
// may be anywhere. The error compares the block with the place that is most like it:
// lines of the page have a minus, lines of the code a plus.
func Snippets(page string, directories ...string) error {
	blocks, err := readBlocks(page)
	sources := map[string][]string{} // by where they begin
	for _, directory := range directories {
		paths, _ := filepath.Glob(filepath.Join(directory, "*.go")) // fails for a wrong pattern only
		for _, path := range paths {
			err = errors.Join(err, readSource(path, sources))
		}
	}
	for _, b := range blocks {
		for start := 0; b.language == "go" && start < len(b.lines); {
			end := start
			for end < len(b.lines) && b.lines[end] != "// …" {
				end++
			}
			at := fmt.Sprintf("%s:%d", page, b.line+start)
			err = errors.Join(err, find(at, b.lines[start:end], sources))
			start = end + 1
		}
	}
	return err
}

// readSource adds a file, or the functions of a test file that are run.
func readSource(path string, sources map[string][]string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(path, "_test.go") {
		sources[path] = trimmed(string(text))
		return nil
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && (strings.HasPrefix(f.Name.Name, "Example") || strings.HasPrefix(f.Name.Name, "Test")) {
			body := text[files.Position(f.Pos()).Offset:files.Position(f.End()).Offset]
			sources[path+", "+f.Name.Name] = trimmed(string(body))
		}
	}
	return err
}

// find fails unless the lines are in a source, and says how the place that has most
// of them differs.
func find(at string, lines []string, sources map[string][]string) error {
	nearest, most := "nothing", -1
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		source := sources[name]
		for start := range source {
			var shown strings.Builder
			same := 0
			for i, line := range lines {
				switch {
				case start+i >= len(source):
					shown.WriteString("- " + line + "\n")
				case source[start+i] == line:
					shown.WriteString("  " + line + "\n")
					same++
				default:
					shown.WriteString("- " + line + "\n+ " + source[start+i] + "\n")
				}
			}
			if same == len(lines) {
				return nil
			}
			if same > most {
				nearest, most = name+"\n"+shown.String(), same
			}
		}
	}
	return fmt.Errorf("%s: the snippet is not in the code; most like it is %s", at, nearest)
}
