package config

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

func defaults(target any) *section {
	s, err := newSection("", target, environmentDefault)
	if err != nil {
		panic("keryx: " + err.Error())
	}
	return s
}
