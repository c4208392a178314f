package config

import (
	"fmt"
	"reflect"
)

// row is one setting.
type row struct {
	*leaf
	// from is the source of the value; it is zero for the default.
	from found
	// byDefault and loaded are the texts of the default and of the value.
	byDefault, loaded string
	// wrong is set when the value is invalid.
	wrong bool
}

func (r *row) load(field reflect.Value, from *sources) error {
	f, ok := from.find(r.variable, r.empty != "")
	if !ok {
		if r.required {
			return fmt.Errorf("%s is not set; %s", r.variable, expected(r.leaf))
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

// take makes v the default of the setting.
func (r *row) take(root, v reflect.Value) {
	r.byDefault = textOf(v, r.parser.separator)
	if r.from.source == "" {
		root.FieldByIndex(r.index).Set(v)
		r.loaded = r.byDefault
	}
}

func (r *row) setting(s *section) Setting {
	value := textOf(s.root.FieldByIndex(r.index), r.parser.separator)
	source := r.source()
	if value != r.loaded {
		source = "code"
	}
	return Setting{
		Path:     s.path(r.leaf),
		Variable: r.variable,
		Value:    r.mask(value),
		Default:  r.mask(r.byDefault),
		Source:   source,
		Doc:      meaning(r.leaf),
	}
}

func (r *row) source() string {
	switch {
	case r.from.source == "":
		return "built-in"
	case r.from.variable != r.variable:
		return r.from.source + " (" + r.from.variable + ")"
	}
	return r.from.source
}
