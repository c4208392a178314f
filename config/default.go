package config

import "reflect"

// Default returns the settings that a T has when no variable is set: the defaults
// of its tags, in the environment "development". It panics when the tags make no
// sense.
func Default[T any]() T {
	var settings T
	_ = defaults(&settings).load(&sources{}) // nothing is set, so only a required setting is missing
	return settings
}

// Complete gives the fields of a struct of settings their default where zero is not
// a value of the setting: a number or duration whose minimum is above zero and that
// is zero or less, and an empty text or list without the tag empty. It is for a
// package that is used without a Set. Booleans, and numbers that may be zero, stay.
// It panics when target is not a pointer to a struct, or its tags make no sense.
func Complete(target any) {
	s := defaults(target)
	for _, r := range s.rows {
		if field := s.root.FieldByIndex(r.index); r.byDefaultValue.IsValid() && !r.allows(field) {
			field.Set(r.byDefaultValue)
		}
	}
}

// allows reports whether a zero or negative field may stay as it is.
func (l *leaf) allows(field reflect.Value) bool {
	zero := reflect.Zero(l.typ)
	switch {
	case ordered(l.typ):
		return !l.minimum.IsValid() || compare(l.minimum, zero) <= 0 || compare(field, zero) > 0
	case l.typ.Kind() == reflect.String || isList(l.typ):
		return l.empty != "" || !field.IsZero()
	}
	return true
}

func defaults(target any) *section {
	s, err := newSection("", target, environmentDefault)
	if err != nil {
		panic("keryx: " + err.Error())
	}
	return s
}
