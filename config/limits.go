package config

import (
	"cmp"
	"fmt"
	"reflect"
	"unicode/utf8"
)

// limits are the tags minimum, maximum and minLength: their values, and their texts. A
// value is invalid without its tag.
type limits struct {
	minLength                int // of a text, in characters; 0: any
	minimum, maximum         reflect.Value
	minimumText, maximumText string
}

// check returns a mistake for a value outside of the limits.
func (l *limits) check(v reflect.Value) *mistake {
	switch {
	case l.minLength > 0 && utf8.RuneCountInString(v.String()) < l.minLength:
		return &mistake{"too short", "expected " + l.String()}
	case l.minimum.IsValid() && compare(v, l.minimum) < 0:
		return &mistake{"too small", "expected " + l.String()}
	case l.maximum.IsValid() && compare(v, l.maximum) > 0:
		return &mistake{"too large", "expected " + l.String()}
	}
	return nil
}

// String returns "at least 1" or the like, or "" when there are no limits.
func (l *limits) String() string {
	switch {
	case l.minLength > 0:
		return fmt.Sprintf("at least %d characters", l.minLength)
	case l.minimumText != "" && l.maximumText != "":
		return l.minimumText + " to " + l.maximumText
	case l.minimumText != "":
		return "at least " + l.minimumText
	case l.maximumText != "":
		return "at most " + l.maximumText
	}
	return ""
}

// compare compares two values of one ordered type.
func compare(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	}
	return cmp.Compare(a.Float(), b.Float())
}

func ordered(t reflect.Type) bool {
	return isWhole(t) || t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64
}

func isWhole(t reflect.Type) bool {
	v := reflect.Zero(t)
	return v.CanInt() || v.CanUint()
}
