package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// form has the rules for a text: the tags enum, pattern and format.
type form struct {
	enum           []string
	pattern        *regexp.Regexp
	patternInWords string
	format         string
}

// newForm reads the tags.
func newForm(tag reflect.StructTag) form {
	f := form{patternInWords: tag.Get("patternDescription"), format: tag.Get("format")}
	if enum := tag.Get("enum"); enum != "" {
		f.enum = strings.Split(enum, ",")
	}
	return f
}

// isFree reports whether any text has the form.
func (f *form) isFree() bool { return f.enum == nil && f.pattern == nil && f.format == "" }

// check checks a text, or the elements of a list with the separator, and returns its
// normal form. A mistake without an expectation gets the setting's own.
func (f *form) check(text string, list bool, separator string) (string, *mistake) {
	if f.enum != nil {
		elements := []string{text}
		if list {
			elements = splitList(text, separator)
		}
		if !f.spell(elements) {
			return "", &mistake{reason: "not one of the known values"}
		}
		text = strings.Join(elements, separator)
	}
	if f.pattern != nil && !f.pattern.MatchString(text) {
		m := &mistake{reason: "not of the right form"}
		if f.patternInWords == "" {
			m.expected = "expected to match " + f.pattern.String()
		}
		return "", m
	}
	if check := checkerOf(f.format); check != nil {
		return check(text)
	}
	return text, nil
}

// spell changes the elements to the spelling of the enum. It reports whether the enum
// has all of them.
func (f *form) spell(elements []string) bool {
	for i, element := range elements {
		known := slices.IndexFunc(f.enum, func(known string) bool { return strings.EqualFold(known, element) })
		if known < 0 {
			return false
		}
		elements[i] = f.enum[known]
	}
	return true
}
