package input

import (
	"reflect"
	"strings"
)

// bindAny binds any JSON value; text stays text. It copies the value: an action that has
// timed out may change its input while the log reads the parameters.
func bindAny(w *walk, raw any, dst reflect.Value) {
	if t, ok := raw.(Text); ok && len(t) != 1 {
		list := make([]any, len(t))
		for i := range t {
			list[i] = t[i : i+1]
		}
		raw = list
	}
	if v, ok := w.own(raw); ok && v != nil {
		dst.Set(reflect.ValueOf(v))
	} else {
		dst.SetZero()
	}
}

// own copies a JSON value and checks its strings by the rules for text.
func (w *walk) own(raw any) (any, bool) {
	switch v := raw.(type) {
	case string, Text:
		return w.text(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			back := w.enterIndex(i)
			var ok bool
			if list[i], ok = w.own(v[i]); !ok {
				return nil, false
			}
			w.leave(back)
		}
		return list, true
	case map[string]any:
		object := make(map[string]any, len(v))
		for key := range v {
			back := w.enter(key)
			var ok bool
			if object[key], ok = w.own(v[key]); !ok || !w.name(key) {
				return nil, false
			}
			w.leave(back)
		}
		return object, true
	}
	return raw, true
}

// name checks the key of an object by the rules for text.
func (w *walk) name(key string) bool {
	if strings.IndexByte(key, 0) >= 0 {
		w.fail(nil, msgNUL)
		return false
	}
	return true
}
