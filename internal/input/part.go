package input

import (
	"fmt"
	"reflect"
	"slices"

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
	schema describer
	hidden redactor
	inner  *object // the innermost struct, or nil
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
			return fmt.Errorf("the tag %s has no effect on this type", rule)
		}
	}
	return nil
}
