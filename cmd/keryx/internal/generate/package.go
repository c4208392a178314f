package generate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
)

// folder is a package of the app, which may not be there yet.
type folder struct {
	*project
	Dir  string // from the root of the app: internal/users
	Name string // of the package
}

// Import is the import path of the package.
func (f *folder) Import() string { return f.module + "/" + f.Dir }

// App is the import path of the package that puts the app together.
func (f *folder) App() string { return f.module + "/" + path.Dir(registerFile) }

// TestOptions are the options of the tests of the package.
func (f *folder) TestOptions() string {
	if f.hasDatabase() {
		return "keryxtest.Options{Embedded: true}"
	}
	return "keryxtest.Options{Embedded: true, NoDatabase: true}"
}

// free returns an error if the package declares one of the names, and says where. What
// stands in the files of skip does not count: they are overwritten.
func (f *folder) free(skip []string, names ...string) error {
	taken := map[string]bool{}
	for _, name := range names {
		taken[name] = true
	}
	return f.each(skip, func(fset *token.FileSet, file *ast.File) error {
		for name, object := range declared(file) {
			if taken[name] {
				at := fset.Position(object)
				return fmt.Errorf("%s:%d declares %s already; choose another name", f.relative(at.Filename), at.Line, name)
			}
		}
		return nil
	})
}

// declared returns the names that a file declares for its package.
func declared(file *ast.File) map[string]token.Pos {
	names := map[string]token.Pos{}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names[d.Name.Name] = d.Pos()
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names[spec.Name.Name] = spec.Pos()
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						names[name.Name] = name.Pos()
					}
				}
			}
		}
	}
	return names
}

// each calls do with the Go files of the package but its tests.
func (f *folder) each(skip []string, do func(*token.FileSet, *ast.File) error) error {
	paths, err := filepath.Glob(f.path(f.Dir + "/*.go"))
	if err != nil {
		return err
	}
next:
	for _, name := range paths {
		for _, s := range skip {
			if f.path(f.Dir+"/"+s) == name {
				continue next
			}
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if err := do(fset, file); err != nil {
			return err
		}
	}
	return nil
}

// registers returns the file of the package that has the function Register, or "".
func (f *folder) registers() (name string) {
	_ = f.each(nil, func(fset *token.FileSet, file *ast.File) error { // what cannot be parsed is an error of free
		if at, ok := declared(file)["Register"]; ok {
			name = f.relative(fset.Position(at).Filename)
		}
		return nil
	})
	return name
}
