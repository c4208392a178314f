package generate

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// source is a Go file to be edited. Edits insert text and leave the rest, comments
// included, as it is.
type source struct {
	name string
	text []byte
	fset *token.FileSet
	file *ast.File
}

func parse(name string, text []byte) (*source, error) {
	s := &source{name: name, text: text, fset: token.NewFileSet()}
	var err error
	s.file, err = parser.ParseFile(s.fset, name, text, parser.ParseComments)
	return s, err
}

// addCall adds a call at the end of a function, unless it is there, and the import that
// the call needs. An empty path imports nothing. The %s in call is the parameter of the function.
func (s *source) addCall(function, call, path string) (*source, error) {
	f := s.function(function)
	param := parameter(f)
	if param == "" || f.Body == nil {
		return nil, fmt.Errorf("%s has no function %s(api *keryx.API) to add a line to; add it yourself where the app is put together: %s",
			s.name, function, fmt.Sprintf(call, "api"))
	}
	call = fmt.Sprintf(call, param)
	if s.calls(f, call) {
		return s, nil
	}
	end := s.offset(f.Body.Rbrace)
	if !bytes.HasSuffix(bytes.TrimRight(s.text[:end], " \t"), []byte("\n")) {
		call = "\n" + call // the brace is on the line of the last statement
	}
	edited, err := s.insert(end, call+"\n")
	if err != nil || path == "" {
		return edited, err
	}
	return edited.addImport(path)
}

// function returns a function of the file, or nil.
func (s *source) function(name string) *ast.FuncDecl {
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == name {
			return f
		}
	}
	return nil
}

// parameter returns the name of the only parameter of a function that takes an *API, or "".
func parameter(f *ast.FuncDecl) string {
	if f == nil || len(f.Type.Params.List) != 1 || len(f.Type.Params.List[0].Names) != 1 {
		return ""
	}
	pointer, ok := f.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return ""
	}
	if selector, ok := pointer.X.(*ast.SelectorExpr); !ok || selector.Sel.Name != "API" {
		return ""
	}
	return f.Type.Params.List[0].Names[0].Name
}

// calls reports whether a function has a call as one of its statements.
func (s *source) calls(f *ast.FuncDecl, call string) bool {
	for _, statement := range f.Body.List {
		if string(s.text[s.offset(statement.Pos()):s.offset(statement.End())]) == call {
			return true
		}
	}
	return false
}

// addImport imports a package: behind the last one that shares its first elements, or in a
// group of its own.
func (s *source) addImport(path string) (*source, error) {
	var last, near *ast.ImportSpec
	for _, spec := range s.file.Imports {
		have, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if have == path {
			return s, nil
		}
		last = spec
		if module, _, _ := strings.Cut(path, "/internal/"); strings.HasPrefix(have, module+"/") {
			near = spec
		}
	}
	line := "\n\t" + strconv.Quote(path)
	if last == nil {
		return s.insert(s.offset(s.file.Name.End()), "\n\nimport "+strconv.Quote(path))
	}
	for _, d := range s.file.Decls {
		if block, ok := d.(*ast.GenDecl); ok && block.Tok == token.IMPORT && !block.Lparen.IsValid() {
			have := s.text[s.offset(block.Specs[0].Pos()):s.offset(block.End())]
			return s.replace(s.offset(block.Pos()), s.offset(block.End()), fmt.Sprintf("import (\n\t%s\n%s\n)", have, line))
		}
	}
	if near != nil {
		return s.insert(s.endOfLine(near), line)
	}
	return s.insert(s.endOfLine(last), "\n"+line)
}

// endOfLine returns the offset behind an import and the comment on its line.
func (s *source) endOfLine(spec *ast.ImportSpec) int {
	at := s.offset(spec.End())
	if n := bytes.IndexByte(s.text[at:], '\n'); n >= 0 {
		return at + n
	}
	return at
}

func (s *source) offset(p token.Pos) int { return s.fset.Position(p).Offset }

// insert returns the file with a text at an offset, formatted.
func (s *source) insert(at int, text string) (*source, error) { return s.replace(at, at, text) }

// replace returns the file with another text between two offsets, formatted.
func (s *source) replace(from, to int, text string) (*source, error) {
	edited := string(s.text[:from]) + text + string(s.text[to:])
	formatted, err := format.Source([]byte(edited))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return parse(s.name, formatted)
}
