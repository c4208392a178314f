package dashboard

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/action/schema"
)

// typeOf names the type of a schema in a word or a few: "integer", "list of string".
func typeOf(s *schema.Schema) string {
	switch {
	case s.Ref != "":
		return nameOf(s.Ref)
	case len(s.AnyOf) > 0:
		var all []string
		for _, one := range s.AnyOf {
			all = append(all, typeOf(one))
		}
		return strings.Join(all, " or ")
	case s.Items != nil:
		return "list of " + typeOf(s.Items)
	case s.AdditionalProperties != nil && len(s.Properties) == 0:
		return "map of " + typeOf(s.AdditionalProperties)
	case len(s.Types) == 0:
		return "any value"
	}
	name := strings.Join(s.Types, " or ")
	switch {
	case s.ContentMediaType != "" || s.Format == "binary":
		return "file"
	case s.ContentEncoding != "":
		return name + " (" + s.ContentEncoding + ")"
	case s.Format != "":
		return name + " (" + s.Format + ")"
	}
	return name
}

func nameOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// resolve returns the schema that a reference stands for.
func resolve(s *schema.Schema, defs schema.Properties) *schema.Schema {
	for s.Ref != "" {
		found := defs.Find(nameOf(s.Ref))
		if found == nil {
			return s
		}
		s = found
	}
	return s
}

// rules are what a value has to keep, in words.
func rules(s *schema.Schema) []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			text, _ := json.Marshal(v) // it came from JSON
			values = append(values, string(text))
		}
		say("one of %s", strings.Join(values, ", "))
	}
	bounds(say, own(s, s.Minimum), own(s, s.Maximum), "")
	if s.ExclusiveMinimum != "" {
		say("greater than %s", s.ExclusiveMinimum)
	}
	if s.ExclusiveMaximum != "" {
		say("less than %s", s.ExclusiveMaximum)
	}
	if s.MultipleOf != "" {
		say("a multiple of %s", s.MultipleOf)
	}
	bounds(say, number(s.MinLength), number(s.MaxLength), "character")
	bounds(say, number(s.MinItems), number(s.MaxItems), "item")
	bounds(say, number(s.MinProperties), number(s.MaxProperties), "member")
	if s.UniqueItems {
		say("no item twice")
	}
	if s.Pattern != "" {
		say("matches %s", s.Pattern)
	}
	if s.Default != nil {
		say("default %s", s.Default)
	}
	return all
}

// widths are the bounds of integers of less than 64 bits.
var widths = map[string][]json.Number{
	"int8": {"-128", "127"}, "int16": {"-32768", "32767"}, "int32": {"-2147483648", "2147483647"},
	"uint8": {"0", "255"}, "uint16": {"0", "65535"}, "uint32": {"0", "4294967295"},
}

// own returns a bound of a number, or "" for that of its type.
func own(s *schema.Schema, bound json.Number) string {
	if slices.Contains(widths[s.Format], bound) {
		return ""
	}
	return string(bound)
}

func number(n *int) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

// bounds says what two bounds allow, "" being none, of some things or of a number.
func bounds(say func(string, ...any), low, high, of string) {
	unit := func(n string) string {
		switch {
		case of == "":
			return n
		case n == "1":
			return n + " " + of
		}
		return n + " " + of + "s"
	}
	switch {
	case low != "" && low == high:
		say("%s", unit(low))
	case low != "" && high != "":
		say("%s to %s", low, unit(high))
	case low != "":
		say("at least %s", unit(low))
	case high != "":
		say("at most %s", unit(high))
	}
}

// shape writes a type over several lines, as people write it: the members of objects with
// their types, and what is said of them behind.
func shape(s *schema.Schema, defs schema.Properties) string {
	var b strings.Builder
	writeShape(&b, s, defs, "", nil)
	return b.String()
}

func writeShape(b *strings.Builder, s *schema.Schema, defs schema.Properties, indent string, within []string) {
	if s.Ref != "" {
		name := nameOf(s.Ref)
		if slices.Contains(within, name) { // it contains itself
			b.WriteString(name)
			return
		}
		s, within = resolve(s, defs), append(slices.Clone(within), name)
	}
	switch {
	case len(s.AnyOf) > 0:
		for i, one := range s.AnyOf {
			if i > 0 {
				b.WriteString(" or ")
			}
			writeShape(b, one, defs, indent, within)
		}
	case s.Items != nil:
		b.WriteString("[")
		writeShape(b, s.Items, defs, indent, within)
		b.WriteString(", …]")
		writeNull(b, s)
	case len(s.Properties) > 0:
		b.WriteString("{\n")
		for _, p := range s.Properties {
			fmt.Fprintf(b, "%s  %s", indent, p.Name)
			if !slices.Contains(s.Required, p.Name) {
				b.WriteString("?")
			}
			b.WriteString(": ")
			writeShape(b, p.Schema, defs, indent+"  ", within)
			if p.Schema.Description != "" {
				b.WriteString("  // " + oneLine(p.Schema.Description))
			}
			b.WriteString("\n")
		}
		b.WriteString(indent + "}")
		writeNull(b, s)
	case s.AdditionalProperties != nil && s.AdditionalProperties.Not == nil:
		b.WriteString("{ …: ")
		writeShape(b, s.AdditionalProperties, defs, indent, within)
		b.WriteString(" }")
		writeNull(b, s)
	default:
		b.WriteString(typeOf(s))
	}
}

func writeNull(b *strings.Builder, s *schema.Schema) {
	if slices.Contains(s.Types, schema.Null) {
		b.WriteString(" or null")
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
