package input

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2/validation"
)

// object is a compiled struct.
type object struct {
	fields  []*field
	guarded bool // there is a secret somewhere in it
}

func (o *object) bind(w *walk, params map[string]any, dst reflect.Value) {
	for _, f := range o.fields {
		f.bindIn(w, params, dst)
	}
}

func bindObject(o *object, hidden redactor) binder {
	return func(w *walk, raw any, dst reflect.Value) {
		if raw == nil {
			w.fail(nil, validation.MsgExpectedObject)
			return
		}
		if m, ok := w.members(raw, hidden); ok {
			o.bind(w, m, dst)
		}
	}
}

// holdsSecret reports whether o, or a struct that it contains, has a secret field. seen
// stops at types that contain themselves.
func (o *object) holdsSecret(seen map[*object]bool) bool {
	seen[o] = true
	for _, f := range o.fields {
		if f.Secret || f.inner != nil && !seen[f.inner] && f.inner.holdsSecret(seen) {
			return true
		}
	}
	return false
}

// object compiles a struct type.
func (c *compiler) object(t reflect.Type) (*object, error) {
	if o, ok := c.objects[t]; ok {
		return o, nil
	}
	o := &object{}
	c.objects[t] = o // before the fields, for a type that contains itself
	fields, err := structFields(t)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		compiled, err := c.field(f)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		o.fields = append(o.fields, compiled)
	}
	return o, nil
}

func (c *compiler) field(f structField) (*field, error) {
	if err := finite(f.Type); err != nil {
		return nil, err
	}
	schema, err := rules(f.StructField)
	if err != nil {
		return nil, err
	}
	p, err := c.compile(f.Type, schema)
	if err != nil {
		return nil, err
	}
	if err := p.accepts(f.Tag); err != nil {
		return nil, err
	}
	files, err := fileRules(f.Tag, p)
	if err != nil {
		return nil, err
	}
	initial, hasDefault := f.Tag.Lookup("default")
	null := reflect.PointerTo(f.Type).Implements(settableType)
	out := &field{
		Field: Field{
			Name: f.name, Doc: f.Tag.Get("doc"), Type: p.typ, Format: p.format, Items: p.items, Default: initial,
			Required: !f.omitEmpty && !f.omitZero && !hasDefault && !null && f.Type.Kind() != reflect.Pointer,
		},
		index: f.Index, bind: p.bind, null: null, part: p, file: p.isFile(), message: f.Tag.Get("message"), hidden: p.hidden, inner: p.inner,
	}
	if files != nil {
		out.bind, out.MaxSize, out.ContentTypes = files.bound(p.bind), files.maxSize, files.types
	}
	if enum := f.Tag.Get("enum"); enum != "" {
		out.Enum = strings.Split(enum, ",")
	}
	if err := flag(f.Tag, "required", &out.Required); err != nil {
		return nil, err
	}
	if err := flag(f.Tag, "secret", &out.Secret); err != nil {
		return nil, err
	}
	if hasDefault {
		err = out.setDefault(f.Type)
	}
	return out, err
}

// flag sets to from a tag that is true or false, where there is one.
func flag(tag reflect.StructTag, key string, to *bool) error {
	switch value := tag.Get(key); value {
	case "":
	case "true", "false":
		*to = value == "true"
	default:
		return fmt.Errorf("the %s tag is true or false, not %q", key, value)
	}
	return nil
}

// setDefault parses the default tag once, and returns an error for a default that breaks
// the rules of its field.
func (f *field) setDefault(t reflect.Type) error {
	f.initial = Text{f.Default}
	if f.Type == "array" {
		f.initial = Text{}
		if f.Default != "" {
			for item := range strings.SplitSeq(f.Default, ",") {
				f.initial = append(f.initial, strings.TrimSpace(item))
			}
		}
	}
	w := &walk{}
	f.bind(w, f.initial, reflect.New(t).Elem())
	if len(w.errs) > 0 {
		return fmt.Errorf("the default %q does not fit: %w", f.Default, w.errs)
	}
	return nil
}

// Field describes one input, for flags, tables and documents.
type Field struct {
	// Name is the parameter's name on every transport.
	Name string
	// Doc is the doc tag.
	Doc string
	// Type is the JSON type: string, integer, number, boolean, array, object,
	// file, or any.
	Type string
	// Format refines Type: the format tag, or date-time, duration.
	Format string
	// Items is the Type of the elements of an array, else "".
	Items string
	// Required reports whether the parameter must be sent.
	Required bool
	// Default is the default tag, "" when there is none.
	Default string
	// Enum lists the allowed values, nil when any is.
	Enum []string
	// MaxSize is the maxSize tag of a file, in bytes; 0 when there is none.
	MaxSize int64
	// ContentTypes are those of the contentType tag of a file; nil allows any.
	ContentTypes []string
	// Secret keeps the value out of logs and errors.
	Secret bool
}

// field is a Field, and how to bind it.
type field struct {
	Field
	index   []int
	bind    binder
	initial Text   // the parsed default tag; nil without one
	message string // replaces the text of failed checks
	null    bool   // null means something else than absent
	part    part
	file    bool // it is a file, or a list of them
	hidden  redactor
	inner   *object // the struct at the bottom of the type, if there is one
}

func (f *field) bindIn(w *walk, params map[string]any, dst reflect.Value) {
	raw, sent := params[f.Name]
	if raw == nil && !f.Required && !f.null || f.file && isNoFile(raw) {
		sent = false
	}
	back := w.enter(f.Name)
	defer w.leave(back)
	outer := w.secret
	w.secret = outer || f.Secret
	defer func() { w.secret = outer }()
	before := len(w.errs)
	switch {
	case sent:
		f.bind(w, raw, dst.FieldByIndex(f.index))
	case f.initial != nil:
		f.bind(w, f.initial, dst.FieldByIndex(f.index))
	case f.Required:
		w.fail(nil, "Missing required param: "+w.key())
		return
	}
	if f.message == "" {
		return
	}
	for i := before; i < len(w.errs); i++ {
		w.errs[i].Message = f.message
	}
}
