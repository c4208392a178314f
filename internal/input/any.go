package input

import (
	"reflect"
)

// bindAny binds any JSON value; text stays text. It copies the value, because an action
// that has timed out may change its input while the log reads the parameters.
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
