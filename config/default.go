package config

// Default returns the settings of a T when no variable is set: the defaults of its
// tags, in the environment "development". It panics when the tags are invalid.
func Default[T any]() T {
	var settings T
	_ = defaults(&settings).load(&sources{}) // nothing is set, so the only error is a required setting
	return settings
}

// Complete sets the fields of a struct of settings to their default if zero is not a
// valid value: a number or duration that is zero or less with a minimum above zero, and
// an empty text or list without the tag empty. Booleans, and numbers that may be zero,
// keep their value. It is for a package that is used without a Set. It panics when
// target is not a pointer to a struct, or its tags are invalid.
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
