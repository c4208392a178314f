package config

import (
	"encoding"
	"errors"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

var (
	durationType    = reflect.TypeFor[time.Duration]()
	levelType       = reflect.TypeFor[slog.Level]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// read makes a value of a text and checks it.
func (l *leaf) read(text string) (reflect.Value, *mistake) {
	if l.trims() {
		text = strings.TrimSpace(text)
	}
	if text == "" {
		return reflect.Zero(l.typ), nil
	}
	text, m := l.checkText(text)
	if m != nil {
		return reflect.Value{}, m
	}
	value, m := l.parse(text)
	if m != nil {
		return reflect.Value{}, m
	}
	return value, l.checkLimits(value)
}

// trims tells whether space around a value is no part of it, as it is in a
// text of which nothing is known: a password, say.
func (l *leaf) trims() bool {
	return l.typ.Kind() != reflect.String || l.format != "" || l.enum != nil || l.pattern != nil
}

// parse makes a value of a text. It has the parser fill a struct of this one
// field, whose errors name the field and not the variable otherwise.
func (l *leaf) parse(text string) (reflect.Value, *mistake) {
	switch {
	case l.typ == levelType:
		// The type would take names and numbers that no one expects.
		level, ok := parseLevel(text)
		if !ok {
			return reflect.Value{}, l.mistaken("not a log level")
		}
		return reflect.ValueOf(level), nil
	case l.base().Kind() == reflect.Bool:
		text = strings.ToLower(text)
	case isList(l.typ):
		text = strings.Join(splitList(text, l.separator), l.separator)
	}
	value, err := parseOnly(l.typ, text, l.separator, func(text string) (any, error) {
		if d, ok := parseDuration(text, l.unit); ok {
			return d, nil
		}
		return nil, errNoDuration
	})
	if err != nil {
		return reflect.Value{}, l.misread(err)
	}
	return value, nil
}

var errNoDuration = errors.New("not a duration")

// parseOnly has the parser make one value of a type.
func parseOnly(t reflect.Type, text, separator string, duration env.ParserFunc) (reflect.Value, error) {
	target := reflect.New(reflect.StructOf([]reflect.StructField{{
		Name: "Value", Type: t,
		Tag: reflect.StructTag(`env:"VALUE" envSeparator:` + strconv.Quote(separator)),
	}}))
	err := env.ParseWithOptions(target.Interface(), env.Options{
		Environment: map[string]string{"VALUE": text},
		FuncMap:     map[reflect.Type]env.ParserFunc{durationType: duration},
	})
	return target.Elem().Field(0), err
}

// readable tells whether the parser knows the type.
func readable(t reflect.Type) bool {
	if t.Kind() == reflect.Struct && t.Name() == "" {
		return false // the parser would look for settings in it
	}
	_, err := parseOnly(t, "0", ",", func(string) (any, error) { return time.Duration(0), nil })
	return !errors.Is(err, env.NoParserError{})
}

// isList tells whether a type is written as a list, its elements separated.
func isList(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(unmarshalerType) {
		return false
	}
	return t.Kind() == reflect.Slice || t.Kind() == reflect.Map
}

// splitList returns the elements of a list without the space around them, and
// without those that are nothing but space.
func splitList(text, separator string) []string {
	var elements []string
	for element := range strings.SplitSeq(text, separator) {
		if element = strings.TrimSpace(element); element != "" {
			elements = append(elements, element)
		}
	}
	return elements
}
