package schema

import "reflect"

// cycleOf reports whether t contains itself without a struct in between, and whether
// only pointers are in between.
func cycleOf(t reflect.Type) (cycle, null bool) {
	null = true
	for at, seen := t, map[reflect.Type]bool{}; !seen[at]; {
		seen[at] = true
		switch {
		case at.Kind() == reflect.Struct && at.Implements(nullableType):
			at = elementOf(at)
		case at.Kind() == reflect.Pointer:
			at = at.Elem()
		case at.Kind() == reflect.Slice, at.Kind() == reflect.Array, at.Kind() == reflect.Map:
			at, null = at.Elem(), false
		default:
			return false, false
		}
		if at == t {
			return true, null
		}
	}
	return false, false
}

// elementOf returns the type of the values of a [Nullable].
func elementOf(t reflect.Type) reflect.Type {
	return reflect.Zero(t).Interface().(Nullable).Element()
}
