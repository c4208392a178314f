package input

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/keryx-go/keryx/action/schema"
)

// compileMap compiles maps with string keys.
func compileMap(c *compiler, t reflect.Type, s *huma.Schema) (part, error) {
	if t.Key().Kind() != reflect.String {
		return part{}, fmt.Errorf("the type %s cannot be an input: its keys are not strings", t)
	}
	value, err := c.compile(t.Elem(), nil)
	if err != nil {
		return part{}, err
	}
	if value.raw {
		return part{}, errBodyWithin
	}
	hidden := redactMap(value.hidden)
	bind := func(w *walk, raw any, dst reflect.Value) {
		m, ok := w.members(raw, hidden)
		if !ok {
			return
		}
		if m != nil {
			dst.Set(reflect.MakeMapWithSize(t, len(m)))
		}
		for _, key := range slices.Sorted(maps.Keys(m)) {
			back := w.enter(key)
			element := reflect.New(t.Elem()).Elem()
			if w.name(key) {
				value.bind(w, m[key], element)
			}
			dst.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), element)
			w.leave(back)
		}
		if s == nil {
			return
		}
		if s.MinProperties != nil && len(m) < *s.MinProperties {
			w.fail(hidden.show(raw), fmt.Sprintf(validation.MsgExpectedMinProperties, *s.MinProperties))
		}
		if s.MaxProperties != nil && len(m) > *s.MaxProperties {
			w.fail(hidden.show(raw), fmt.Sprintf(validation.MsgExpectedMaxProperties, *s.MaxProperties))
		}
	}
	return part{
		bind: bind, typ: "object", rules: mapRules, hidden: hidden, inner: value.inner,
		null: s == nil || s.MinProperties == nil || *s.MinProperties <= 0, schema: describeMap(value, s),
	}, nil
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

func redactMap(value redactor) redactor {
	if value == nil {
		return nil
	}
	return func(raw any) any {
		var m map[string]any
		switch v := raw.(type) {
		case map[string]any:
			m = v
		case Text:
			if len(v) == 1 {
				m, _ = ParseObject([]byte(v[0]))
			}
		}
		if m == nil {
			return value(raw)
		}
		out := make(map[string]any, len(m))
		for key, v := range m {
			out[key] = value(v)
		}
		return out
	}
}
