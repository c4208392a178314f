package schema

import (
	"reflect"
	"strconv"
	"strings"
	"unicode"
)

// Defs collects the named types of a document. The zero Defs is empty.
type Defs struct {
	names map[reflect.Type]string
	taken map[string]bool
	list  Properties
}

// Ref returns a reference to the schema of a named type, which describe makes when
// the type is new. A type without a name is described in place.
func (d *Defs) Ref(t reflect.Type, describe func() *Schema) *Schema {
	if t.Name() == "" {
		return describe()
	}
	name, known := d.names[t]
	if !known {
		name = d.name(t)
		at := len(d.list)
		d.list = append(d.list, Property{Name: name, Type: t}) // before describe, for a type that contains itself
		d.list[at].Schema = describe()
	}
	return &Schema{Ref: "#/$defs/" + name}
}

// List returns the definitions, in the order in which they were referred to first.
func (d *Defs) List() Properties { return d.list }

// Document makes a document of the outermost schema.
func (d *Defs) Document(root *Schema) *Schema {
	if root.Ref != "" && len(d.list) > 0 && root.Ref == "#/$defs/"+d.list[0].Name && !refers(d.list, root.Ref) {
		root = d.list[0].Schema // its only use
		d.list = d.list[1:]
	}
	out := *root
	out.Dialect, out.Defs = Dialect, d.list
	return &out
}

// refers reports whether a schema in the list has the reference.
func refers(list Properties, ref string) bool {
	for _, p := range list {
		if p.Schema.refers(ref) {
			return true
		}
	}
	return false
}

// name returns a name for a type, of letters and digits: that of Page[User] is
// PageUser. Types of the same name are told apart by a number.
func (d *Defs) name(t reflect.Type) string {
	if d.names == nil {
		d.names, d.taken = map[reflect.Type]string{}, map[string]bool{}
	}
	base := TypeName(t)
	name := base
	for n := 2; d.taken[name]; n++ {
		name = base + strconv.Itoa(n)
	}
	d.names[t], d.taken[name] = name, true
	return name
}

// TypeName returns the name of a type in documents, of letters and digits: that of
// Page[User] is PageUser. Types of several packages may have the same.
func TypeName(t reflect.Type) string { return plainName(t.Name()) }

// plainName removes the import paths of type arguments, and everything but letters
// and digits.
func plainName(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("[],*", r) }) {
		word = word[strings.LastIndexAny(word, "./")+1:]
		for _, r := range word {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				b.WriteRune(r)
			}
		}
	}
	if b.Len() == 0 {
		return "Type"
	}
	return b.String()
}
