package input

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/keryx-go/keryx/action/schema"
)

// Schema returns the document that describes the parameters as one JSON object. It
// is made of the plan that binds:
//
//   - Bind takes every object that the document accepts.
//   - The document accepts every object that Bind takes without turning text into
//     another type, which it does for parameters of a path, a query or a form.
//
// This leaves out what a schema cannot say, or what validators differ in:
//
//   - Formats and content encodings are annotations for many validators: formats of
//     text, such as email; base64; and the upper bound of 64-bit integers and of
//     fractions. Binding reads times as [time.Parse] does, and base64 with line breaks.
//   - A pattern is in the syntax of package [regexp]. JSON Schema recommends that of
//     ECMAScript, which has no flags such as (?i) and no \z.
//   - Binding compares values as Go has them. Numbers are compared to their rules as
//     float64, and a float32 after it was rounded. The durations "1m" and "60s" are
//     equal for uniqueItems, and so are two fractions with the same float32. A fraction
//     that is nearly a multiple of multipleOf counts as one.
//   - A type that reads text or JSON itself may refuse a value; text has no NUL; a
//     duration must fit in 64 bits.
//
// The default of a secret is left out. A file comes as a part of a multipart form, and
// is described as OpenAPI has it there.
//
// Each call makes a new document, which the caller may change.
func (p *Plan) Schema() *schema.Schema {
	var d schema.Defs
	root := d.Ref(p.typ, func() *schema.Schema { return p.object.describe(&d) })
	return d.Document(root)
}

// describer returns the schema of the values that a part binds, but for null.
type describer func(d *schema.Defs) *schema.Schema

// describe returns the schema of the values that the part binds.
func (p part) describe(d *schema.Defs) *schema.Schema {
	if p.null {
		return p.schema(d).OrNull()
	}
	return p.schema(d)
}

// describe returns the schema of the struct's fields.
func (o *object) describe(d *schema.Defs) *schema.Schema {
	s := &schema.Schema{Types: schema.Types{"object"}}
	for _, f := range o.fields {
		s.Properties = append(s.Properties, schema.Property{Name: f.Name, Schema: f.describe(d)})
		if f.Required {
			s.Required = append(s.Required, f.Name)
		}
	}
	return s
}

func (f *field) describe(d *schema.Defs) *schema.Schema {
	s := f.part.describe(d)
	if !f.Required { // null is as good as nothing
		s = s.OrNull()
	}
	s.Description, s.WriteOnly = f.Doc, f.Secret
	if f.initial != nil && !f.Secret {
		s.Default = f.defaultJSON()
	}
	if len(f.ContentTypes) > 0 && s.ContentMediaType != "" {
		s.ContentMediaType = f.ContentTypes[0]
	}
	return s
}

// defaultJSON returns the default as JSON, or nil when it has no JSON form.
func (f *field) defaultJSON() json.RawMessage {
	value := func(text, typ string) any {
		if typ == "string" {
			return text
		}
		if typ == "boolean" || !json.Valid([]byte(text)) {
			return jsonOf(text, typ)
		}
		return json.RawMessage(text)
	}
	var encoded []byte
	var err error
	if f.Type == "array" {
		list := make([]any, len(f.initial))
		for i, text := range f.initial {
			list[i] = value(text, f.Items)
		}
		encoded, err = json.Marshal(list)
	} else {
		encoded, err = json.Marshal(value(f.Default, f.Type))
	}
	if err != nil {
		return nil
	}
	return encoded
}

// jsonOf returns text that is no JSON as the value that binding makes of it.
func jsonOf(text, typ string) any {
	w := &walk{}
	switch typ {
	case "boolean":
		var b bool
		bindBool(w, Text{text}, reflect.ValueOf(&b).Elem())
		return b
	case "integer", "number":
		var f float64
		bindFloat(64, nil)(w, Text{text}, reflect.ValueOf(&f).Elem())
		return f
	}
	return text
}

func describeAny(*schema.Defs) *schema.Schema { return &schema.Schema{} }

func describeBool(*schema.Defs) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"boolean"}}
}

func describeFile(*schema.Defs) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"string"}, ContentMediaType: "application/octet-stream"}
}

func describeBytes(*schema.Defs) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"string"}, ContentEncoding: "base64"}
}

// durations is the grammar of time.ParseDuration. JSON Schema's own format
// "duration" is that of ISO 8601.
const durations = `^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`

func describeDuration(*schema.Defs) *schema.Schema {
	return &schema.Schema{Types: schema.Types{"string"}, Pattern: durations}
}

// clocks is the grammar of time.Parse for a time of day. JSON Schema's own format
// "time" demands an offset from UTC.
const clocks = `^([0-9]|[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.,][0-9]+)?$`

func describeTime(format string) describer {
	return func(*schema.Defs) *schema.Schema {
		s := &schema.Schema{Types: schema.Types{"string"}}
		if format == "time" {
			s.Pattern = clocks
		} else {
			s.Format = format
		}
		return s
	}
}

func describeText(rules *huma.Schema) describer {
	return func(*schema.Defs) *schema.Schema {
		s := &schema.Schema{Types: schema.Types{"string"}}
		if rules != nil {
			s.Format, s.Pattern, s.Enum = rules.Format, rules.Pattern, slices.Clone(rules.Enum)
			s.MinLength, s.MaxLength = clone(rules.MinLength), clone(rules.MaxLength)
		}
		return s
	}
}

// clone returns a copy of what p points to: a schema belongs to the caller.
func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// describeUnmarshaler: a type that reads JSON besides text takes any type of it.
func describeUnmarshaler(rules *huma.Schema, readsJSON bool) describer {
	if readsJSON {
		return describeAny
	}
	return describeText(rules)
}

func describeNumber(kind reflect.Kind, rules *huma.Schema) describer {
	return func(*schema.Defs) *schema.Schema {
		s := schema.Number(kind)
		if rules != nil {
			s.Enum = slices.Clone(rules.Enum)
			s.Minimum = stricter(s.Minimum, rules.Minimum, math.Max)
			s.Maximum = stricter(s.Maximum, rules.Maximum, math.Min)
			s.ExclusiveMinimum, s.ExclusiveMaximum = clone(rules.ExclusiveMinimum), clone(rules.ExclusiveMaximum)
			s.MultipleOf = clone(rules.MultipleOf)
		}
		return s
	}
}

// stricter returns the bound that of two chooses, or the only one there is.
func stricter(kind, rule *float64, of func(x, y float64) float64) *float64 {
	switch {
	case rule == nil:
		return kind
	case kind == nil:
		return clone(rule)
	}
	return new(of(*kind, *rule))
}

func describeList(t reflect.Type, rules limits, item part) describer {
	return func(d *schema.Defs) *schema.Schema {
		s := &schema.Schema{Types: schema.Types{"array"}, Items: item.describe(d), MaxItems: clone(rules.max), UniqueItems: rules.unique}
		if rules.min > 0 {
			s.MinItems = clone(&rules.min)
		}
		if t.Kind() == reflect.Array {
			n := t.Len()
			s.MinItems, s.MaxItems = &n, &n
		}
		return s
	}
}

func describeMap(value part, rules *huma.Schema) describer {
	return func(d *schema.Defs) *schema.Schema {
		s := &schema.Schema{Types: schema.Types{"object"}, AdditionalProperties: value.describe(d)}
		if rules != nil {
			s.MinProperties, s.MaxProperties = clone(rules.MinProperties), clone(rules.MaxProperties)
		}
		return s
	}
}

func describeObject(t reflect.Type, o *object) describer {
	return func(d *schema.Defs) *schema.Schema {
		return d.Ref(t, func() *schema.Schema { return o.describe(d) })
	}
}
