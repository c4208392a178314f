package config

import (
	"errors"
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

// groups returns the struct of the section and its groups, the inner ones first.
func (s *section) groups() []group {
	all := []group{{nil, s.root}}
	for _, r := range s.rows {
		for n := 1; n < len(r.index); n++ {
			g := group{r.index[:n], s.root.FieldByIndex(r.index[:n])}
			if !slices.ContainsFunc(all, func(known group) bool { return slices.Equal(known.index, g.index) }) {
				all = append(all, g)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b group) int { return len(b.index) - len(a.index) })
	return all
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

// derive sets the defaults that depend on other settings, and the fields whose
// variables are not set.
func (s *section) derive() {
	for _, g := range s.groups() {
		if _, ok := hook[Deriver](s, g); !ok {
			continue
		}
		derived := reflect.New(g.value.Type())
		derived.Elem().Set(g.value)
		derived.Interface().(Deriver).Derive()
		for _, r := range s.rows {
			if r.derived && g.has(r) {
				r.take(s.root, derived.Elem().FieldByIndex(r.index[len(g.index):]))
			}
		}
	}
}

// take makes v the default of the setting.
func (r *row) take(root, v reflect.Value) {
	r.byDefault = textOf(v, r.separator)
	if r.from.source == "" {
		root.FieldByIndex(r.index).Set(v)
		r.loaded = r.byDefault
	}
}

// validate checks the groups whose settings are right each by itself.
func (s *section) validate() error {
	var errs []error
	for _, g := range s.groups() {
		v, ok := hook[Validator](s, g)
		if ok && !slices.ContainsFunc(s.rows, func(r *row) bool { return r.wrong && g.has(r) }) {
			errs = append(errs, v.Validate())
		}
	}
	return errors.Join(errs...)
}
