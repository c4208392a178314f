package client

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/keryx-go/keryx/action/schema"
)

// goTypes writes the types of a client in Go.
type goTypes struct {
	bytes.Buffer
	byRef  map[string]string // identifiers by reference
	taken  names
	fields map[*call]map[string]string // the fields of inputs, by their names on the wire
}

// goField is a field of a struct.
type goField struct{ doc, name, typ, tag string }

// declare writes a named type.
func (t *goTypes) declare(name, doc string, s *schema.Schema) {
	if s.Properties == nil || slices.Contains(s.Types, schema.Null) {
		typ := t.of(name+"Item", s)
		fmt.Fprintf(t, "\n%s\ntype %s %s\n", comment("", name+" is a type of the app.", sentence(doc)), name, typ)
		return
	}
	var fields []goField
	taken := names{}
	for _, p := range s.Properties {
		f := goField{doc: notes(p.Schema), name: taken.take(pascal(p.Name, "Field", true))}
		f.typ = t.of(name+f.name, p.Schema)
		f.tag = tag(p.Name, slices.Contains(s.Required, p.Name))
		fields = append(fields, f)
	}
	t.writeStruct(name, strings.TrimSpace(name+" is a type of the app. "+sentence(doc)), fields)
}

// input writes the type of the parameters of an action, and returns its name.
func (t *goTypes) input(method string, c *call) string {
	name := t.taken.take(method + "Input")
	var fields []goField
	taken, byName := names{}, map[string]string{}
	for i := range c.params {
		p := &c.params[i]
		f := goField{doc: notes(p.schema), name: taken.take(pascal(p.Name, "Field", true)), tag: tag(p.Name, p.Required)}
		byName[p.Name] = f.name
		switch {
		case p.isFile() || p.isBytes():
			f.tag = "`json:\"-\"`"
			f.typ = map[bool]string{true: "File", false: "*File"}[p.Required]
			if p.Items == "file" {
				f.typ = "[]File"
			}
		default:
			f.typ = t.of(name+f.name, p.schema)
		}
		if p.Required {
			f.typ = strings.TrimPrefix(f.typ, "*")
		}
		fields = append(fields, f)
	}
	if t.fields == nil {
		t.fields = map[*call]map[string]string{}
	}
	t.fields[c] = byName
	t.writeStruct(name, fmt.Sprintf("%s has the parameters of the action %s.", name, c.Name), fields)
	return name
}

// field returns the field of the input of an action that has a parameter.
func (t *goTypes) field(c *call, param string) string { return t.fields[c][param] }

// writeStruct writes a struct, as gofmt has it.
func (t *goTypes) writeStruct(name, doc string, fields []goField) {
	if len(fields) == 0 {
		fmt.Fprintf(t, "\n%s\ntype %s struct{}\n", comment("", doc), name)
		return
	}
	fmt.Fprintf(t, "\n%s\ntype %s struct {\n", comment("", doc), name)
	for i := 0; i < len(fields); {
		end := i + 1 // of the fields whose columns are aligned: a comment ends them
		for end < len(fields) && fields[end].doc == "" {
			end++
		}
		names, types := 0, 0
		for _, f := range fields[i:end] {
			names, types = max(names, utf8.RuneCountInString(f.name)), max(types, utf8.RuneCountInString(f.typ))
		}
		for _, f := range fields[i:end] {
			if f.doc != "" {
				fmt.Fprintf(t, "%s\n", comment("\t", f.doc))
			}
			fmt.Fprintf(t, "\t%-*s %-*s %s\n", names, f.name, types, f.typ, f.tag)
		}
		i = end
	}
	t.WriteString("}\n")
}

// tag returns the tag of a field. Optional ones are left out when they are zero.
func tag(name string, required bool) string {
	if name == "-" {
		name = "-,"
	} else if !required {
		name += ",omitzero"
	}
	text := "json:" + strconv.Quote(name)
	if strings.Contains(text, "`") {
		return strconv.Quote(text)
	}
	return "`" + text + "`"
}

// comment returns texts as a comment.
func comment(indent string, texts ...string) string {
	var lines []string
	for _, text := range texts {
		for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
			if text != "" {
				lines = append(lines, strings.TrimRight(indent+"// "+strings.TrimSpace(line), " "))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// sentence returns a text in one line, with a full stop.
func sentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

// notes returns what a comment says of a value.
func notes(s *schema.Schema) string {
	notes := []string{sentence(s.Description)}
	var values []string
	for _, value := range s.Enum {
		if value != nil {
			values = append(values, literal(value))
		}
	}
	if values != nil {
		notes = append(notes, "One of "+strings.Join(values, ", ")+".")
	}
	if s.Default != nil {
		notes = append(notes, "Default: "+string(s.Default)+".")
	}
	text := strings.TrimSpace(strings.Join(notes, " "))
	if s.Deprecated {
		text = strings.TrimSpace(text + "\n\nDeprecated: The app says so.")
	}
	return text
}

// of returns the type of the values that a schema describes. One without a name in the app
// gets the name.
func (t *goTypes) of(name string, s *schema.Schema) string {
	types := slices.DeleteFunc(slices.Clone(s.Types), func(typ string) bool { return typ == schema.Null })
	nullable := len(types) < len(s.Types)
	switch {
	case s.Ref != "":
		return t.byRef[s.Ref]
	case len(s.AnyOf) == 2 && slices.Equal(s.AnyOf[1].Types, schema.Types{schema.Null}):
		return pointer(t.of(name, s.AnyOf[0]))
	case len(types) != 1:
		return "any"
	case types[0] == "array":
		return t.list(name, s)
	case types[0] == "object" && s.Properties == nil:
		value := "any"
		if s.AdditionalProperties != nil {
			value = t.of(name+"Value", s.AdditionalProperties)
		}
		return "map[string]" + value
	case types[0] == "object":
		name = t.taken.take(name)
		plain := *s
		plain.Types = types
		t.declare(name, s.Description, &plain)
	default:
		name = scalar(s, types[0])
	}
	if nullable {
		return pointer(name)
	}
	return name
}

// pointer returns the type of a pointer, unless the type has a nil.
func pointer(typ string) string {
	if typ == "any" || strings.HasPrefix(typ, "*") || strings.HasPrefix(typ, "[]") || strings.HasPrefix(typ, "map[") {
		return typ
	}
	return "*" + typ
}

// maxArray is the length of the longest array. A longer list is a slice.
const maxArray = 64

func (t *goTypes) list(name string, s *schema.Schema) string {
	item := "any"
	if s.Items != nil {
		item = t.of(name+"Item", s.Items)
	}
	if s.MinItems != nil && s.MaxItems != nil && *s.MinItems == *s.MaxItems && *s.MinItems <= maxArray && !slices.Contains(s.Types, schema.Null) {
		return fmt.Sprintf("[%d]%s", *s.MinItems, item)
	}
	return "[]" + item
}

var goNumbers = []string{"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}

// scalar returns the type of values that are no list and no object.
func scalar(s *schema.Schema, typ string) string {
	switch typ {
	case "boolean":
		return "bool"
	case "integer":
		if slices.Contains(goNumbers, s.Format) {
			return s.Format
		}
		return "int64"
	case "number":
		switch s.Format {
		case "float":
			return "float32"
		case "double":
			return "float64"
		}
		return "json.Number"
	}
	switch {
	case s.Format == "date-time":
		return "time.Time"
	case s.ContentEncoding == "base64":
		return "[]byte"
	}
	return "string"
}
