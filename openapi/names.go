package openapi

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/keryx-go/keryx/action/schema"
)

// componentName returns a name that a component may have: letters, digits, and any of
// "._-".
func componentName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r)) {
			return r
		}
		return '_'
	}, name)
}

// definition is a Go type as a component: of inputs, or of results.
type definition struct {
	schema.Property
	input bool
	name  string
}

// schemasOf returns the components: those that operations refer to, by their names.
func schemasOf(b *builder) schema.Properties {
	taken := map[string]bool{errorName: true, problemName: true}
	for _, c := range b.own {
		taken[c.name] = true
	}
	in, out := named(b.in.List(), b.out.List(), taken)
	var all schema.Properties
	for _, c := range b.own {
		all = append(all, schema.Property{Name: c.name, Schema: renamed(c.schema, in)})
	}
	for _, list := range []struct {
		properties schema.Properties
		names      map[string]string
	}{{b.in.List(), in}, {b.out.List(), out}} {
		for _, p := range list.properties {
			all = append(all, schema.Property{Name: list.names[p.Name], Schema: renamed(p.Schema, list.names)})
		}
	}
	for _, item := range b.document.Paths {
		for _, o := range *item {
			rename(o, in, out)
		}
	}
	all = append(all, b.errors.schemas()...)
	slices.SortStableFunc(all, func(a, b schema.Property) int { return cmp.Compare(a.Name, b.Name) })
	all = slices.CompactFunc(all, func(a, b schema.Property) bool { return a.Name == b.Name })
	return reachable(all, b.document)
}

// named returns the names of the components of definitions, by the names that those have in
// their lists. Types of one name in several packages have that of their package before it;
// a type that is read in another form than it is written has "Input" behind it where it is
// read.
func named(in, out schema.Properties, taken map[string]bool) (inNames, outNames map[string]string) {
	var all []*definition
	for _, p := range in {
		all = append(all, &definition{Property: p, input: true})
	}
	for _, p := range out {
		all = append(all, &definition{Property: p})
	}
	byName := map[string][]*definition{}
	for _, d := range all {
		base := schema.TypeName(d.Type)
		byName[base] = append(byName[base], d)
	}
	bases := make([]string, 0, len(byName))
	for base := range byName {
		bases = append(bases, base)
	}
	slices.Sort(bases)
	for _, base := range bases {
		same := byName[base]
		slices.SortStableFunc(same, func(a, b *definition) int {
			return cmp.Or(cmp.Compare(a.Type.PkgPath(), b.Type.PkgPath()), cmp.Compare(a.Type.String(), b.Type.String()), compare(a.input, b.input))
		})
		several := slices.ContainsFunc(same, func(d *definition) bool { return d.Type.PkgPath() != same[0].Type.PkgPath() })
		for i, d := range same {
			if i > 0 && same[i-1].Type == d.Type && encoding(same[i-1].Schema) == encoding(d.Schema) {
				d.name = same[i-1].name
				continue
			}
			name := base
			if several {
				name = exported(path.Base(d.Type.PkgPath())) + exported(base)
			}
			if d.input && i > 0 && same[i-1].Type == d.Type {
				name += "Input"
			}
			d.name = free(name, taken)
		}
	}
	inNames, outNames = map[string]string{}, map[string]string{}
	for _, d := range all {
		if d.input {
			inNames[d.Name] = d.name
		} else {
			outNames[d.Name] = d.name
		}
	}
	return inNames, outNames
}

// compare orders what is false first.
func compare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// free returns a name that is not taken, with a number behind it if need be, and takes it.
func free(name string, taken map[string]bool) string {
	name = componentName(name)
	for n, base := 2, name; taken[name]; n++ {
		name = base + strconv.Itoa(n)
	}
	taken[name] = true
	return name
}

// exported returns a word that begins with a capital letter.
func exported(word string) string {
	for i, r := range word {
		if i == 0 {
			return string(unicode.ToUpper(r)) + word[len(string(r)):]
		}
	}
	return word
}

func encoding(s *schema.Schema) string {
	data, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(data)
}

// rename has an operation refer to components.
func rename(o *Operation, in, out map[string]string) {
	for i := range o.Parameters {
		p := &o.Parameters[i]
		p.Schema = renamed(p.Schema, in)
		renameAll(p.Content, in)
	}
	if o.RequestBody != nil {
		renameAll(o.RequestBody.Content, in)
	}
	for _, r := range o.Responses {
		renameAll(r.Content, out)
	}
}

func renameAll(content map[string]MediaType, names map[string]string) {
	for t, m := range content {
		content[t] = MediaType{renamed(m.Schema, names)}
	}
}

const definitions, componentSchemas = "#/$defs/", "#/components/schemas/"

// renamed returns a copy of a schema that refers to components in place of definitions.
func renamed(s *schema.Schema, names map[string]string) *schema.Schema {
	if s == nil {
		return nil
	}
	c := *s
	if name, found := strings.CutPrefix(c.Ref, definitions); found {
		c.Ref = componentSchemas + names[name]
	}
	c.Items, c.AdditionalProperties, c.Not = renamed(c.Items, names), renamed(c.AdditionalProperties, names), renamed(c.Not, names)
	c.AnyOf = slices.Clone(c.AnyOf)
	for i := range c.AnyOf {
		c.AnyOf[i] = renamed(c.AnyOf[i], names)
	}
	c.Properties = slices.Clone(c.Properties)
	for i := range c.Properties {
		c.Properties[i].Schema = renamed(c.Properties[i].Schema, names)
	}
	return &c
}

// reachable returns the schemas that the paths and responses of a document refer to, in
// some steps.
func reachable(all schema.Properties, d *Document) schema.Properties {
	seen := map[string]bool{}
	var visit func(s *schema.Schema)
	visit = func(s *schema.Schema) {
		if s == nil {
			return
		}
		if name, found := strings.CutPrefix(s.Ref, componentSchemas); found && !seen[name] {
			seen[name] = true
			visit(all.Find(name))
		}
		visit(s.Items)
		visit(s.AdditionalProperties)
		visit(s.Not)
		for _, one := range s.AnyOf {
			visit(one)
		}
		for _, p := range s.Properties {
			visit(p.Schema)
		}
	}
	content := func(m map[string]MediaType) {
		for _, one := range m {
			visit(one.Schema)
		}
	}
	for _, item := range d.Paths {
		for _, o := range *item {
			for _, p := range o.Parameters {
				visit(p.Schema)
				content(p.Content)
			}
			if o.RequestBody != nil {
				content(o.RequestBody.Content)
			}
			for _, r := range o.Responses {
				content(r.Content)
			}
		}
	}
	for _, r := range d.Components.Responses {
		content(r.Content)
	}
	return slices.DeleteFunc(all, func(p schema.Property) bool { return !seen[p.Name] })
}
