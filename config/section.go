package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// section is one struct of settings.
type section struct {
	name string
	root reflect.Value
	rows []*row
}

// newSection reads the tags of a struct, by its pointer, and returns an error for
// invalid ones.
func newSection(name string, into any, environment string) (*section, error) {
	s := &section{name: name, root: reflect.ValueOf(into).Elem()}
	var errs []error
	for _, f := range settingFields(s.root.Type()) {
		l, err := newLeaf(f, environment)
		if err != nil {
			errs = append(errs, fmt.Errorf("config: field %s: %w", s.path(l), err))
			continue
		}
		s.rows = append(s.rows, &row{leaf: l})
	}
	return s, errors.Join(errs...)
}

func (s *section) path(l *leaf) string {
	if s.name == "" {
		return l.path
	}
	return s.name + "." + l.path
}

// load sets the fields, and checks that their values fit each other.
func (s *section) load(from *sources) error {
	var errs []error
	for _, r := range s.rows {
		field := s.root.FieldByIndex(r.index)
		if r.byDefaultValue.IsValid() {
			field.Set(r.byDefaultValue)
		}
		r.byDefault = textOf(field, r.parser.separator)
		err := r.load(field, from)
		r.wrong = err != nil
		errs = append(errs, err)
		r.loaded = textOf(field, r.parser.separator)
	}
	s.derive()
	return errors.Join(append(errs, s.validate())...)
}

// groups returns the struct of the section and its groups, inner ones first.
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

// derive sets the defaults that depend on other settings, and with them the fields
// whose variables are not set.
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

// validate checks the groups whose settings are all valid by themselves.
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
