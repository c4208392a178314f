package config

import (
	"reflect"
	"slices"
)

// Validator is a struct or group whose settings must fit each other.
type Validator interface {
	// Validate returns an error for values that do not fit each other, with a line for
	// each mistake that names the variables. It is called when each value is valid by
	// itself.
	Validate() error
}

// Deriver is a struct or group with settings whose default depends on its other
// settings. Their tag envDefaultFrom describes the default in words.
type Deriver interface {
	// Derive sets those fields from the other ones. It is called on a copy; its fields
	// are used when their variables are not set.
	Derive()
}

// group is a struct of settings, by its index in the section.
type group struct {
	index []int
	value reflect.Value
}

// has reports whether a setting is in the group.
func (g group) has(r *row) bool {
	return len(r.index) > len(g.index) && slices.Equal(r.index[:len(g.index)], g.index)
}

// hook returns a group as an H, if it implements H. It skips embedded groups, because
// the struct that embeds one has its methods.
func hook[H any](s *section, g group) (H, bool) {
	var none H
	if n := len(g.index); n > 0 && s.root.Type().FieldByIndex(g.index).Anonymous || !g.value.CanAddr() {
		return none, false
	}
	h, ok := g.value.Addr().Interface().(H)
	return h, ok
}
