package input

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/keryx-go/keryx/action/schema"
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
		case Text: // an object written as text: it is read only when it is bound
			if len(v) == 1 {
				if m, err := ParseObject([]byte(v[0])); err == nil {
					return o.redact(m)
				}
			}
		case nil:
			return nil
		}
		if o.guarded { // who knows what is in it
			return Redacted
		}
		return plain(raw)
	}
}
