// Package input turns the parameters of a request into an action's typed
// input: it coerces text, checks every rule of the struct's tags, fills
// defaults, and reports what is wrong with each field that fails.
//
// [Compile] reads a type once. The [Plan] that it returns binds any number of requests,
// concurrently, without reading the type again.
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
// contentType:"image/*,application/pdf", which is compared with the type that the caller
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
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

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

// maxErrors bounds the errors of one Bind. A hundred wrong parameters say as
// much as a million, and a client must not get back far more than it sent.
const maxErrors = 100

// walk is the state of one Bind: the path to the current value, and the errors.
type walk struct {
	path   []byte
	secret bool // inside a secret field
	errs   fault.FieldErrors
	result huma.ValidateResult
}

func (w *walk) release() {
	clear(w.errs) // the pool must not keep what clients sent
	w.path, w.errs, w.secret = w.path[:0], w.errs[:0], false
	walks.Put(w)
}

// enter adds a key to the path and returns the length to go back to.
func (w *walk) enter(key string) int {
	back := len(w.path)
	if back > 0 {
		w.path = append(w.path, '.')
	}
	w.path = append(w.path, key...)
	return back
}

func (w *walk) enterIndex(i int) int {
	back := len(w.path)
	w.path = append(w.path, '[')
	w.path = strconv.AppendInt(w.path, int64(i), 10)
	w.path = append(w.path, ']')
	return back
}

func (w *walk) leave(back int) { w.path = w.path[:back] }

// key returns the path for an error. It is cut, because a client chooses the keys of a
// map.
func (w *walk) key() string {
	return cut(string(w.path[:min(len(w.path), maxEcho+1)]))
}

func (w *walk) fail(raw any, message string) {
	if len(w.errs) >= maxErrors {
		return
	}
	value := echo(raw)
	if w.secret && value != nil {
		value = Redacted
	}
	w.errs = append(w.errs, fault.FieldError{Message: message, Key: w.key(), Value: value})
}

// refuse fails with a message of other code, which may contain the value.
func (w *walk) refuse(raw any, message string) {
	if w.secret {
		message = "expected another value"
	}
	w.fail(raw, cut(message))
}

// check checks a bound value by the rules of its tags. Errors have the value that the
// client has sent.
func (w *walk) check(s *huma.Schema, value, raw any) bool {
	if s == nil {
		return true
	}
	var path huma.PathBuffer
	w.result.Reset()
	huma.Validate(nil, s, &path, huma.ModeWriteToServer, value, &w.result)
	for _, err := range w.result.Errors {
		message := err.Error()
		if d, ok := err.(*huma.ErrorDetail); ok {
			message = d.Message
		}
		if format(s) != "" && strings.Contains(message, ": ") { // the words of a parser
			w.refuse(raw, message)
			continue
		}
		w.fail(raw, message)
	}
	return len(w.result.Errors) == 0
}
