// Package apidoc names the schemas of documents about an app, so that its OpenAPI and its
// AsyncAPI call a type alike.
package apidoc

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

// ComponentName returns a name that a component may have: letters, digits, and any of
// "._-".
func ComponentName(name string) string {
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

// Names returns the names of the components of definitions, by the names that those have in
// their lists. Types of one name in several packages have that of their package before it;
// a type that is read in another form than it is written has "Input" behind it where it is
// read.
func Names(in, out schema.Properties, taken map[string]bool) (inNames, outNames map[string]string) {
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
	name = ComponentName(name)
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

const definitions, componentSchemas = "#/$defs/", "#/components/schemas/"

// Renamed returns a copy of a schema that refers to components in place of definitions.
func Renamed(s *schema.Schema, names map[string]string) *schema.Schema {
	if s == nil {
		return nil
	}
	c := *s
	if name, found := strings.CutPrefix(c.Ref, definitions); found {
		c.Ref = componentSchemas + names[name]
	}
	c.Items, c.AdditionalProperties, c.Not = Renamed(c.Items, names), Renamed(c.AdditionalProperties, names), Renamed(c.Not, names)
	c.AnyOf = slices.Clone(c.AnyOf)
	for i := range c.AnyOf {
		c.AnyOf[i] = Renamed(c.AnyOf[i], names)
	}
	c.Properties = slices.Clone(c.Properties)
	for i := range c.Properties {
		c.Properties[i].Schema = Renamed(c.Properties[i].Schema, names)
	}
	return &c
}

// Reachable returns the components that schemas refer to, in some steps.
func Reachable(all schema.Properties, roots []*schema.Schema) schema.Properties {
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
	for _, s := range roots {
		visit(s)
	}
	return slices.DeleteFunc(all, func(p schema.Property) bool { return !seen[p.Name] })
}

// Ref returns a reference to a component.
func Ref(name string) *schema.Schema { return &schema.Schema{Ref: componentSchemas + name} }

// Components returns the definitions of inputs and of results as components, in no order.
func Components(in, out *schema.Defs, inNames, outNames map[string]string) schema.Properties {
	var all schema.Properties
	for _, list := range []struct {
		definitions *schema.Defs
		names       map[string]string
	}{{in, inNames}, {out, outNames}} {
		for _, p := range list.definitions.List() {
			all = append(all, schema.Property{Name: list.names[p.Name], Schema: Renamed(p.Schema, list.names)})
		}
	}
	return all
}

// Sorted returns components by their names, each once.
func Sorted(all schema.Properties) schema.Properties {
	slices.SortStableFunc(all, func(a, b schema.Property) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b schema.Property) bool { return a.Name == b.Name })
}
