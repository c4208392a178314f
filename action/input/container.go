package input

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// list compiles slices and arrays. Text becomes one element for each time the
// key was repeated.
func (c *compiler) list(t reflect.Type, s *huma.Schema) (part, error) {
	listRules, itemRules := itemRules(s)
	item, err := c.compile(t.Elem(), itemRules)
	if err != nil {
		return part{}, err
	}
	bind := func(w *walk, raw any, dst reflect.Value) {
		n, at, ok := elements(raw)
		if !ok {
			w.fail(raw, validation.MsgExpectedArray)
			return
		}
		if dst.Kind() == reflect.Array {
			if n != dst.Len() {
				w.fail(raw, fmt.Sprintf("expected array of length %d", dst.Len()))
				return
			}
		} else if raw != nil {
			dst.Set(reflect.MakeSlice(t, n, n))
		}
		before := len(w.errs)
		for i := range n {
			back := w.enterIndex(i)
			item.bind(w, at(i), dst.Index(i))
			w.leave(back)
		}
		if listRules != nil && len(w.errs) == before {
			w.check(listRules, values(dst, listRules.UniqueItems), raw)
		}
	}
	return part{bind: bind, typ: "array", items: item.typ, hidden: redactList(item.hidden)}, nil
}

// elements gives access to the elements of a raw list. Null is the empty one,
// because that is how Go encodes a nil slice.
func elements(raw any) (n int, at func(int) any, ok bool) {
	switch v := raw.(type) {
	case nil:
		return 0, nil, true
	case []any:
		return len(v), func(i int) any { return v[i] }, true
	case Text:
		return len(v), func(i int) any { return v[i : i+1] }, true
	case []File:
		return len(v), func(i int) any { return v[i] }, true
	case File:
		return 1, func(int) any { return v }, true
	}
	return 0, nil, false
}

// values is a bound list as huma checks it. Only uniqueItems looks at the
// elements.
func values(list reflect.Value, look bool) []any {
	out := make([]any, list.Len())
	if look {
		for i := range out {
			out[i] = reflect.Indirect(list.Index(i)).Interface()
		}
	}
	return out
}

// dictionary compiles maps with string keys.
func (c *compiler) dictionary(t reflect.Type, s *huma.Schema) (part, error) {
	if t.Key().Kind() != reflect.String {
		return part{}, fmt.Errorf("the type %s cannot be an input: its keys are not strings", t)
	}
	value, err := c.compile(t.Elem(), nil)
	if err != nil {
		return part{}, err
	}
	bind := func(w *walk, raw any, dst reflect.Value) {
		m, ok := w.members(raw)
		if !ok {
			return
		}
		if m != nil {
			dst.Set(reflect.MakeMapWithSize(t, len(m)))
		}
		for _, key := range slices.Sorted(maps.Keys(m)) {
			back := w.enter(key)
			if strings.IndexByte(key, 0) >= 0 {
				w.fail(nil, msgNUL)
			}
			element := reflect.New(t.Elem()).Elem()
			value.bind(w, m[key], element)
			dst.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), element)
			w.leave(back)
		}
		if s != nil && m != nil {
			w.check(s, m, raw)
		}
	}
	return part{bind: bind, typ: "object", hidden: redactDictionary(value.hidden)}, nil
}

// members returns raw as a JSON object; text must hold one. Null is the nil
// map.
func (w *walk) members(raw any) (map[string]any, bool) {
	switch v := raw.(type) {
	case nil:
		return nil, true
	case map[string]any:
		return v, true
	case Text:
		s, ok := w.text(v)
		if !ok {
			return nil, false
		}
		m, err := ParseObject([]byte(s))
		if err != nil {
			w.fail(raw, "expected a JSON object: "+err.Error())
			return nil, false
		}
		return m, true
	}
	w.fail(raw, validation.MsgExpectedObject)
	return nil, false
}
