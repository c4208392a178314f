package keryx_test

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// maxFileLines is the length, in lines, that a file must not exceed.
const maxFileLines = 350

// TestMethodsStandInTheirFile finds methods outside of the file that declares their
// type, and files that are too long, in all of our packages. A file with a build
// constraint may have methods: it is the part of a type for one platform.
func TestMethodsStandInTheirFile(t *testing.T) {
	declared := map[string]string{}   // the file of each type, by directory and name
	methods := map[string][]*method{} // by directory and name of their type
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case entry.IsDir(), !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if n := fset.Position(file.FileEnd).Line; n > maxFileLines {
			t.Errorf("%s has %d lines; %d are the most", path, n, maxFileLines)
		}
		collectMethods(file, path, declared, methods)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for typ, all := range methods {
		for _, m := range all {
			if m.path != declared[typ] && !m.platform {
				t.Errorf("%s: the method %s stands apart from its type %s, which is in %s", m.path, m.name, typ, declared[typ])
			}
		}
	}
	if len(methods) < 100 {
		t.Errorf("%d types with methods were found", len(methods))
	}
}

type method struct {
	path, name string
	platform   bool // its file has a build constraint
}

func collectMethods(file *ast.File, path string, declared map[string]string, methods map[string][]*method) {
	dir := filepath.Dir(path) + "."
	platform := constrained(file) || strings.HasSuffix(path, "_linux.go")
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok && (declared[dir+spec.Name.Name] == "" || !platform) {
					declared[dir+spec.Name.Name] = path
				}
			}
		case *ast.FuncDecl:
			if d.Recv != nil {
				typ := dir + receiver(d.Recv.List[0].Type)
				methods[typ] = append(methods[typ], &method{path, d.Name.Name, platform})
			}
		}
	}
}

// constrained reports whether a file has a build constraint.
func constrained(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() < file.Package && constraint.IsGoBuild(c.Text) {
				return true
			}
		}
	}
	return false
}

// receiver returns the name of a receiver's type.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}
