package input

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/keryx-go/keryx/action/schema"
)

// compileMap compiles maps with string keys.
func compileMap(c *compiler, t reflect.Type, r *rules) (part, error) {
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
	var own span
	if r != nil {
		own = r.members
	}
	sizes := own.message("must have", "entry")
	hidden := redactMap(value.hidden)
	bind := func(w *walk, raw any, dst reflect.Value) {
		m, ok := w.members(raw, hidden)
		if !ok {
			return
		}
		dst.Set(reflect.MakeMapWithSize(t, len(m)))
		for _, key := range slices.Sorted(maps.Keys(m)) {
			back := w.enter(key)
			element := reflect.New(t.Elem()).Elem()
			if w.name(key) {
				value.bind(w, m[key], element)
			}
			dst.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), element)
			w.leave(back)
		}
		if !own.has(len(m)) {
			w.fail(hidden.show(raw), sizes)
		}
	}
	return part{
		bind: bind, typ: "object", rules: mapRules, hidden: hidden, inner: value.inner,
		schema: describeMap(value, own), shape: shapeOfEach(value),
	}, nil
}

func describeMap(value part, own span) describer {
	return func(d *schema.Defs) *schema.Schema {
		return &schema.Schema{
			Types: schema.Types{"object"}, AdditionalProperties: value.describe(d),
			MinProperties: clone(own.min), MaxProperties: clone(own.max),
		}
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
