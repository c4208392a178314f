package schema

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// field is a field of a struct, or of one that is embedded in it, as encoding/json
// encodes it.
type field struct {
	name     string
	typ      reflect.Type
	doc      string
	example  string
	tagged   bool // the json tag has the name
	optional bool // it may be left out
	quoted   bool // the json option "string" applies

	deprecated bool
	index      []int
}

// fieldsOf returns the fields that encoding/json encodes of a struct, in its order.
// Of fields with one name it takes the least embedded one; of several at that depth
// the one whose tag has the name; and none when that does not decide.
func fieldsOf(t reflect.Type) []field {
	var all []field
	seen := map[reflect.Type]bool{}
	level := []embedded{{typ: t}}
	for len(level) > 0 {
		var next []embedded
		count := map[reflect.Type]int{}
		for _, one := range level {
			count[one.typ]++
		}
		for _, one := range level {
			if seen[one.typ] {
				continue
			}
			seen[one.typ] = true
			found, below := one.fields()
			all = append(all, found...)
			if count[one.typ] > 1 { // each hides the other
				all = append(all, found...)
			}
			next = append(next, below...)
		}
		level = next
	}
	return dominant(all)
}

// dominant returns the fields that win their names.
func dominant(all []field) []field {
	byName := map[string][]field{}
	for _, f := range all {
		byName[f.name] = append(byName[f.name], f)
	}
	var out []field
	for _, same := range byName {
		slices.SortStableFunc(same, func(a, b field) int {
			return cmp.Or(cmp.Compare(len(a.index), len(b.index)), -cmp.Compare(rank(a), rank(b)))
		})
		if len(same) > 1 && len(same[0].index) == len(same[1].index) && same[0].tagged == same[1].tagged {
			continue
		}
		out = append(out, same[0])
	}
	slices.SortFunc(out, func(a, b field) int { return slices.Compare(a.index, b.index) })
	return out
}

func rank(f field) int {
	if f.tagged {
		return 1
	}
	return 0
}

// embedded is a struct and the way to it.
type embedded struct {
	typ      reflect.Type
	index    []int
	optional bool // on the way is a pointer
}

// fields returns the fields of the struct itself, and the structs embedded in it.
func (e embedded) fields() (found []field, below []embedded) {
	for i := range e.typ.NumField() {
		f := e.typ.Field(i)
		tag := f.Tag.Get("json")
		elem := f.Type
		if elem.Kind() == reflect.Pointer && elem.Name() == "" {
			elem = elem.Elem()
		}
		if tag == "-" || f.Anonymous && !f.IsExported() && elem.Kind() != reflect.Struct || !f.Anonymous && !f.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !isName(name) {
			name = ""
		}
		index := append(slices.Clone(e.index), i)
		if f.Anonymous && name == "" && elem.Kind() == reflect.Struct {
			below = append(below, embedded{elem, index, e.optional || f.Type.Kind() == reflect.Pointer})
			continue
		}
		out := field{name: cmp.Or(name, f.Name), typ: f.Type, doc: f.Tag.Get("doc"), tagged: name != "", optional: e.optional, index: index}
		out.example, out.deprecated = f.Tag.Get("example"), f.Tag.Get("deprecated") == "true"
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "omitempty", "omitzero":
				out.optional = true
			case "string":
				out.quoted = elem.Kind() == reflect.Bool || elem.Kind() == reflect.String || Number(elem.Kind()) != nil
			}
		}
		found = append(found, out)
	}
	return found, below
}

// isName reports whether encoding/json takes a name from a tag.
func isName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
