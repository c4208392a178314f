package input

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/keryx-go/keryx/action/schema"
)

// object is a compiled struct.
type object struct {
	fields  []*field
	guarded bool // it contains a secret at some depth
}

func (o *object) bind(w *walk, params map[string]any, dst reflect.Value) {
	for _, f := range o.fields {
		f.bindIn(w, params, dst)
	}
}

func bindObject(o *object, hidden redactor) binder {
	return func(w *walk, raw any, dst reflect.Value) {
		if raw == nil {
			w.fail(nil, msgObject)
			return
		}
		if m, ok := w.members(raw, hidden); ok {
			o.bind(w, m, dst)
		}
	}
}

// holdsSecret reports whether o, or a struct that it contains, has a secret field. seen
// ends the recursion for types that contain themselves.
func (o *object) holdsSecret(seen map[*object]bool) bool {
	seen[o] = true
	for _, f := range o.fields {
		if f.Secret || f.inner != nil && !seen[f.inner] && f.inner.holdsSecret(seen) {
			return true
		}
	}
	return false
}

// field is a Field and its binding.
type field struct {
	Field
	index   []int
	bind    binder
	initial Text   // the parsed default tag; nil without one
	message string // replaces the text of failed checks
	null    bool   // null differs from absent
	blank   bool   // an empty text is no value: it counts as absent
	part    part
	file    bool // it is a file or a list of files
	hidden  redactor
	inner   *object // the innermost struct of the type, or nil
}

func (f *field) bindIn(w *walk, params map[string]any, dst reflect.Value) {
	raw, sent := params[f.Name]
	if isNull(raw) && !f.Required && !f.null || f.blank && isEmptyText(raw) && (!f.Required || !f.part.plain) {
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
		w.missing()
		return
	}
	if f.message == "" {
		return
	}
	for i := before; i < len(w.errs); i++ {
		w.errs[i].Message = f.message
	}
}

// isNull reports whether raw is null: of JSON, or a nil list, map or []byte of Go code.
func isNull(raw any) bool {
	switch v := raw.(type) {
	case nil:
		return true
	case []any:
		return v == nil
	case map[string]any:
		return v == nil
	case []byte:
		return v == nil
	case RawBody:
		return v == nil
	}
	return false
}

// isEmptyText reports whether raw is a parameter of a query, a form or a flag without a
// value. A browser sends one for an empty control, also for a file.
func isEmptyText(raw any) bool {
	text, ok := raw.(Text)
	return ok && len(text) == 1 && text[0] == ""
}

// textOf returns the text of a tag as a parameter of a type. The elements of a list are
// separated by commas.
func textOf(text, typ string) Text {
	if typ != "array" {
		return Text{text}
	}
	list := Text{}
	if text != "" {
		for item := range strings.SplitSeq(text, ",") {
			list = append(list, strings.TrimSpace(item))
		}
	}
	return list
}

// fits returns an error when the text of a tag breaks the rules of its field. What only
// JSON can say is read as JSON.
func (f *field) fits(tag, text string, t reflect.Type) error {
	if f.Type == "file" {
		return nil
	}
	w := &walk{}
	w.enter("it")
	var raw any = textOf(text, f.Type)
	if f.Type == "object" {
		if err := json.Unmarshal([]byte(text), &raw); err != nil {
			return fmt.Errorf("the %s %q is not JSON: %w", tag, text, err)
		}
	}
	f.bind(w, raw, reflect.New(t).Elem())
	if len(w.errs) > 0 {
		return fmt.Errorf("the %s %q does not fit: %s", tag, text, strings.TrimSpace(w.errs[0].Message))
	}
	return nil
}

func (f *field) describe(d *schema.Defs) *schema.Schema {
	s := f.part.describe(d)
	if !f.Required { // null counts as absent
		s = s.OrNull()
	}
	s.Description, s.WriteOnly, s.Deprecated = f.Doc, f.Secret, f.Deprecated
	if f.initial != nil && !f.Secret {
		s.Default = f.jsonOf(f.Default)
	}
	if f.Example != "" {
		s.Examples = []json.RawMessage{f.jsonOf(f.Example)}
	}
	if len(f.ContentTypes) > 0 && s.ContentMediaType != "" {
		s.ContentMediaType = f.ContentTypes[0]
	}
	return s
}

// jsonOf returns the text of a tag as JSON, or nil when it has no JSON form.
func (f *field) jsonOf(text string) json.RawMessage {
	var encoded []byte
	var err error
	if f.Type == "array" {
		list := []any{}
		for _, item := range textOf(text, f.Type) {
			list = append(list, jsonOf(item, f.Items))
		}
		encoded, err = json.Marshal(list)
	} else {
		encoded, err = json.Marshal(jsonOf(text, f.Type))
	}
	if err != nil {
		return nil
	}
	return encoded
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

// jsonOf returns the text of a default as the JSON value that binding makes of it.
func jsonOf(text, typ string) any {
	switch typ {
	case "boolean":
		var b bool
		bindBool(&walk{}, Text{text}, reflect.ValueOf(&b).Elem())
		return b
	case "integer", "number":
		d, _ := parseDecimal(strings.TrimSpace(text))
		return json.Number(d.String())
	case "string":
		return text
	}
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
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

func describeObject(t reflect.Type, o *object) describer {
	return func(d *schema.Defs) *schema.Schema {
		return d.Ref(t, func() *schema.Schema { return o.describe(d) })
	}
}

func (o *object) redact(params map[string]any) map[string]any {
	out := make(map[string]any, len(o.fields))
	for _, f := range o.fields {
		if raw, ok := params[f.Name]; ok {
			out[f.Name] = f.redact(raw)
		}
	}
	return out
}

func redactObject(o *object) redactor {
	return func(raw any) any {
		switch v := raw.(type) {
		case map[string]any:
			return o.redact(v)
		case Text: // an object as text, which is not parsed before it is bound
			if len(v) == 1 {
				if m, err := ParseObject([]byte(v[0])); err == nil {
					return o.redact(m)
				}
			}
		case nil:
			return nil
		}
		if o.guarded { // it may contain secrets
			return Redacted
		}
		return plain(raw)
	}
}
