package config

import (
	"reflect"
	"slices"
)

// Validator is a struct or group of settings that must fit each other.
type Validator interface {
	// Validate returns what is wrong with the values together, naming the
	// variables, a line each. It is called when each value is right by itself.
	Validate() error
}

// Deriver is a struct or group with settings whose default depends on other
// settings of it. They have the tag envDefaultFrom, which says it in words.
type Deriver interface {
	// Derive sets those fields from the other ones. It is called on a copy, whose
	// fields are taken over where their variables are not set.
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

// hook returns a group as an H, if it is one. A struct that embeds the group has its
// methods too, so that embedded groups are left to it.
func hook[H any](s *section, g group) (H, bool) {
	var none H
	if n := len(g.index); n > 0 && s.root.Type().FieldByIndex(g.index).Anonymous || !g.value.CanAddr() {
		return none, false
	}
	h, ok := g.value.Addr().Interface().(H)
	return h, ok
}
