package config

import (
	"errors"
	"fmt"
	"reflect"
)

// section is one struct of settings.
type section struct {
	name string
	root reflect.Value
	rows []*row
}

// row is one setting.
type row struct {
	*leaf
	// from is where the value was found; zero when it is the default.
	from found
	// byDefault and loaded are the texts of the default and of the value.
	byDefault, loaded string
	// wrong is set when the value that was found could not be used.
	wrong bool
}

// newSection reads the tags of a struct, by its pointer, and checks that they
// make sense.
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

// load fills the fields, and checks that their values fit each other.
func (s *section) load(from *sources) error {
	var errs []error
	for _, r := range s.rows {
		field := s.root.FieldByIndex(r.index)
		if r.byDefaultValue.IsValid() {
			field.Set(r.byDefaultValue)
		}
		r.byDefault = textOf(field, r.separator)
		err := r.load(field, from)
		r.wrong = err != nil
		errs = append(errs, err)
		r.loaded = textOf(field, r.separator)
	}
	s.derive()
	return errors.Join(append(errs, s.validate())...)
}

func (r *row) load(field reflect.Value, from *sources) error {
	f, ok := from.find(r.variable, r.empty != "")
	if !ok {
		if r.required {
			return fmt.Errorf("%s is not set; %s", r.variable, r.expected())
		}
		return nil
	}
	value, m := r.read(f.value)
	if m != nil {
		return fmt.Errorf("%s=%s (from %s): %w", f.variable, quote(r.mask(f.value)), f.source, m)
	}
	field.Set(value)
	r.from = f
	return nil
}
