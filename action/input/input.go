// Package input turns the parameters of a request into an action's typed
// input: it coerces text, checks every rule of the struct's tags, fills
// defaults, and says of each field that fails what is wrong with it.
//
// A type is read once, by [Compile]; the [Plan] that comes out binds any
// number of requests, concurrently, without looking at the type again.
//
// # Fields
//
// A field is named by its json tag, and required unless it is a pointer, an
// [Optional], tagged `required:"false"` or with a default, or marked omitempty
// or omitzero. The rules are JSON Schema's, as struct tags: default, enum,
// minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, minLength,
// maxLength, pattern, patternDescription, format, minItems, maxItems,
// uniqueItems, minProperties, maxProperties. On a slice the rules for scalars
// apply to each element, and the elements of its default are separated by
// commas. Files have rules of their own: maxSize:"5MB", and
// contentType:"image/*,application/pdf", which is held against what the caller
// claims. A rule that cannot have an effect on its field is an error. Further
// tags: doc describes the field, secret:"true" keeps its value out of logs and
// errors, message replaces the text of a failed check.
//
// Parameters that no field asks for are ignored.
package input

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/keryx-go/keryx/fault"
)

// Text is a parameter that arrived as text: from a path, a query, a form or a
// command line. It is coerced to the type of its field; more than one value
// means the key was repeated. Anything else that a parameter may hold is a
// decoded JSON value, which is never coerced.
type Text []string

// Plan binds parameters to one input type. It is safe for concurrent use.
type Plan struct {
	typ    reflect.Type
	object *object
	fields []Field
}

// Compile reads the struct type t. It returns an error that names the field
// when a type or a tag cannot be used.
func Compile(t reflect.Type) (*Plan, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("the input must be a struct, not %s", t)
	}
	c := newCompiler()
	o, err := c.object(t)
	if err != nil {
		return nil, err
	}
	for _, o := range c.objects {
		o.guarded = o.holdsSecret(map[*object]bool{})
	}
	p := &Plan{typ: t, object: o}
	for _, f := range o.fields {
		p.fields = append(p.fields, f.Field)
	}
	return p, nil
}

// Fields describes the top-level fields in the order of the struct.
func (p *Plan) Fields() []Field { return slices.Clone(p.fields) }

// Bind makes a new input from params and returns it as a pointer to the
// plan's type. It reports the fields that fail, in the order of the struct, a
// hundred at most; then the input is nil. It does not call the input's own checks.
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

var walks = sync.Pool{New: func() any { return new(walk) }}
