package input

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/action/schema"
)

// part is a compiled type: how to bind, describe and redact its values.
type part struct {
	bind   binder
	typ    string   // Field.Type
	format string   // Field.Format
	items  string   // Field.Items
	rules  []string // the rule tags that have an effect
	null   bool     // bind takes null
	raw    bool     // it is a RawBody
	plain  bool     // it is text, as people see it
	// The type that an enum applies to, and how it is bound, if it is not the part's own.
	element     reflect.Type
	bindElement binder
	schema      describer
	shape       shaper // nil: wants everything
	hidden      redactor
	inner       *object // the innermost struct, or nil
}

// describe returns the schema of the values that the part binds, including null.
func (p part) describe(d *schema.Defs) *schema.Schema {
	if p.null {
		return p.schema(d).OrNull()
	}
	return p.schema(d)
}

// isFile reports whether the part is a file or a list of files.
func (p part) isFile() bool { return p.typ == "file" || p.typ == "array" && p.items == "file" }

// accepts returns an error for a rule without an effect.
func (p part) accepts(tag reflect.StructTag) error {
	for _, rule := range ruleTags {
		if _, ok := tag.Lookup(rule); ok && !slices.Contains(p.rules, rule) {
			if len(p.rules) == 0 {
				return fmt.Errorf("the tag %s has no effect on this type, and no other rule has", rule)
			}
			return fmt.Errorf("the tag %s has no effect on this type; those with one are %s", rule, strings.Join(p.rules, ", "))
		}
	}
	return nil
}

// takes returns an error for a value of an enum that breaks another rule. t is the type
// of the part.
func (p part) takes(enum []string, t reflect.Type) error {
	bind := p.bind
	if p.element != nil {
		t, bind = p.element, p.bindElement
	}
	for _, value := range enum {
		w := &walk{}
		w.enter("it")
		if bind(w, Text{value}, reflect.New(t).Elem()); len(w.errs) > 0 {
			return fmt.Errorf("the enum value %q does not fit: %w", value, w.errs[0])
		}
	}
	return nil
}

// takesEmpty reports whether an empty text is a value of the part. A type that reads
// text itself and is no string has none, even if it takes it, such as netip.Addr.
func (p part) takesEmpty(t reflect.Type) (ok bool) {
	if p.typ == "string" && !p.plain {
		return false
	}
	defer func() { // a method of the type may panic
		if recover() != nil {
			ok = false
		}
	}()
	w := &walk{}
	p.bind(w, Text{""}, reflect.New(t).Elem())
	return len(w.errs) == 0
}
