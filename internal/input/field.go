package input

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/keryx-go/keryx/action/schema"
)

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

// compileField compiles a field of a struct type.
func compileField(c *compiler, f structField) (*field, error) {
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

func (f *field) redact(raw any) any {
	switch {
	case f.Secret:
		return Redacted
	case f.hidden != nil:
		return f.hidden(raw)
	}
	return plain(raw)
}
