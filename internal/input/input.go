// Package input turns the parameters of a request into an action's typed input: it
// converts text, checks every rule of the struct's tags, fills in defaults, and reports
// an error for each invalid field.
//
// [Compile] reads a type once. The [Plan] that it returns binds any number of requests,
// concurrently, without reading the type again.
//
// # Fields
//
// A field is named by its json tag, and required unless it is a pointer, an [Optional],
// tagged `required:"false"` or with a default, or marked omitempty or omitzero. The
// rules are JSON Schema's, as struct tags: default, enum, minimum, maximum,
// exclusiveMinimum, exclusiveMaximum, multipleOf, minLength, maxLength, pattern,
// patternDescription, format, minItems, maxItems, uniqueItems, minProperties,
// maxProperties. Package format has the formats. On a slice the rules for scalars apply to each element, and the
// elements of its default are separated by commas. Files have rules of their own:
// maxSize:"5MB", and contentType:"image/*,application/pdf", which is compared with the
// media type in the request. A rule without an effect on its field is an error, and so
// is a tag whose name is close to one of ours. The tags header, cookie and body say
// where HTTP has the value. Further
// tags: doc describes the field, example is a value of it, and deprecated:"true" says that
// it should not be used any more; secret:"true" keeps its value out of logs and errors,
// message replaces the text of a failed check.
//
// Parameters without a field are ignored.
package input

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/strictjson"
)

// Text is a parameter that arrived as text: from a path, a query, a form or a command
// line. It is converted to the type of its field. It has several values if the key was
// repeated. Any other parameter is a decoded JSON value, which is never converted.
type Text []string

// Plan binds parameters to one input type. It is safe for concurrent use.
type Plan struct {
	typ    reflect.Type
	object *object
	fields []Field
	shape  *strictjson.Shape // of the JSON object in the body of an HTTP request
	body   *strictjson.Shape // of the field that is the body
}

// Compile reads the struct type t. It returns an error that names the field for an
// invalid type or tag.
func Compile(t reflect.Type) (*Plan, error) {
	if t.Kind() != reflect.Struct {
		if t != nil && t.Kind() == reflect.Pointer {
			return nil, fmt.Errorf("the input must be a struct, not %s: leave the * out", t)
		}
		return nil, fmt.Errorf("the input must be a struct, not %s: its fields are the inputs", t)
	}
	c := newCompiler()
	o, err := c.object(t)
	if err != nil {
		return nil, err
	}
	for _, o := range c.objects {
		o.guarded = o.holdsSecret(map[*object]bool{})
	}
	s := shapes{}
	p := &Plan{typ: t, object: o, shape: &strictjson.Shape{Members: map[string]*strictjson.Shape{}}}
	for _, f := range o.fields {
		p.fields = append(p.fields, f.Field)
		switch f.In {
		case "":
			p.shape.Members[f.Name] = s.of(f.part)
		case InBody:
			p.body = s.of(f.part)
		}
	}
	return p, nil
}

// Fields describes the top-level fields in the order of the struct.
func (p *Plan) Fields() []Field { return slices.Clone(p.fields) }

// Schema returns the JSON Schema of the parameters as one JSON object. It is made of
// the same plan as Bind:
//
//   - Bind takes every object that the document accepts.
//   - The document accepts every object that Bind takes without turning text into
//     another type, which it does for parameters of a path, a query or a form.
//
// There are exceptions, because a schema cannot express some rules, and validators
// differ:
//
//   - Formats and content encodings are annotations for many validators: formats of
//     text, such as email; base64; and the upper bound of 64-bit integers and of
//     fractions. Binding reads base64 with line breaks, and a time.Time without leap
//     seconds.
//   - A pattern is in the syntax of package [regexp]. JSON Schema recommends that of
//     ECMAScript, which has no flags such as (?i) and no \z.
//   - For uniqueItems, binding compares values as Go has them. The durations "1m" and
//     "60s" are equal, and so are two fractions with the same float32.
//   - A type that reads text or JSON itself may refuse a value, and its text is not
//     longer than 64 KiB; text has no NUL; a duration must fit in 64 bits.
//
// The default of a secret is left out. A file is described as a part of a multipart
// form, as in OpenAPI.
//
// Each call returns a new document, which the caller may change.
func (p *Plan) Schema() *schema.Schema {
	var d schema.Defs
	return d.Document(p.Describe(&d))
}

// Describe is Schema for one schema of several in a document, whose definitions go to d.
func (p *Plan) Describe(d *schema.Defs) *schema.Schema {
	return d.Ref(p.typ, func() *schema.Schema { return p.object.describe(d) })
}

// ParseObject parses the JSON object in the body of an HTTP request as [ParseObject]
// does, without making values that no field asks for. A field that is read from a header
// or a cookie, or that is the body itself, asks for none.
func (p *Plan) ParseObject(data []byte) (map[string]any, error) { return parseObject(data, p.shape) }

// ParseBody parses the JSON value for the field that is the body of a request, like
// [Plan.ParseObject].
func (p *Plan) ParseBody(data []byte) (any, error) {
	text, err := strictjson.Parse(data)
	if err != nil {
		return nil, err
	}
	return text.DecodeShape(p.body)
}

// Bind makes a new input from params and returns it as a pointer to the plan's type. On
// errors the input is nil. The errors are at most a hundred, in the order of the
// struct. Bind does not call the input's own checks.
func (p *Plan) Bind(params map[string]any) (any, fault.FieldErrors) {
	w := walks.Get().(*walk)
	defer w.release()
	dst := reflect.New(p.typ)
	p.object.bind(w, params, dst.Elem())
	if len(w.errs) > 0 {
		return nil, slices.Clone(w.errs)
	}
	return dst.Interface(), nil
}

// Redact returns the parameters of the plan, with [Redacted] in place of every secret.
// It leaves out parameters without a field, because one may be a password with a
// misspelled name. It returns a single text as a string.
func (p *Plan) Redact(params map[string]any) map[string]any {
	return p.object.redact(params)
}

// Echo returns the parameter of a field as an error repeats it: redacted, and cut when
// it is long. It is nil when the parameter was not sent or the field does not exist.
func (p *Plan) Echo(params map[string]any, name string) any {
	for _, f := range p.object.fields {
		if raw, ok := params[name]; ok && f.Name == name {
			return echo(f.redact(raw))
		}
	}
	return nil
}

// plain returns a parameter that arrived as text as a string, or as a list of them, and
// any other parameter as it is.
func plain(raw any) any {
	switch v := raw.(type) {
	case Text:
		if len(v) == 1 {
			return v[0]
		}
		return []string(v)
	}
	return raw
}
