package input

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// dictionary compiles maps with string keys.
func (c *compiler) dictionary(t reflect.Type, s *huma.Schema) (part, error) {
	if t.Key().Kind() != reflect.String {
		return part{}, fmt.Errorf("the type %s cannot be an input: its keys are not strings", t)
	}
	value, err := c.compile(t.Elem(), nil)
	if err != nil {
		return part{}, err
	}
	hidden := redactDictionary(value.hidden)
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

// members returns raw as a JSON object; text must hold one. Null is the nil
// map.
func (w *walk) members(raw any, hidden redactor) (map[string]any, bool) {
	switch v := raw.(type) {
	case nil:
		return nil, true
	case map[string]any:
		return v, true
	case Text:
		if len(v) != 1 {
			w.fail(hidden.show(raw), msgSingle)
			return nil, false
		}
		m, err := ParseObject([]byte(v[0]))
		if err != nil {
			w.refuse(hidden.show(raw), "expected a JSON object: "+err.Error())
			return nil, false
		}
		return m, true
	}
	w.fail(hidden.show(raw), validation.MsgExpectedObject)
	return nil, false
}
