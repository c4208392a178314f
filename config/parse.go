package config

import (
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

var (
	durationType    = reflect.TypeFor[time.Duration]()
	levelType       = reflect.TypeFor[slog.Level]()
	urlType         = reflect.TypeFor[url.URL]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

var (
	errNoLevel    = errors.New("not a log level")
	errNoDuration = errors.New("not a duration")
	errNoPair     = errors.New("not a key:value pair")
)

// readable reports whether a text can be parsed into a value of the type.
func readable(t reflect.Type) bool {
	if isScalar(t) {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer:
		return t.Elem().Kind() != reflect.Pointer && readable(t.Elem())
	case reflect.Slice:
		return isElement(t.Elem())
	case reflect.Map:
		return isElement(t.Key()) && isElement(t.Elem())
	}
	return false
}

// isElement reports whether values of the type can be elements of a list.
func isElement(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return isScalar(t)
}

// isScalar reports whether a value of the type is written as one text, not as a list.
func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64:
		return true
	}
	return isWhole(t) && t.Kind() != reflect.Uintptr || t == urlType || isUnmarshaler(t)
}

// isUnmarshaler reports whether values of the type unmarshal themselves from text.
func isUnmarshaler(t reflect.Type) bool { return reflect.PointerTo(t).Implements(unmarshalerType) }

// isList reports whether a type is written as a list of elements.
func isList(t reflect.Type) bool {
	return !isUnmarshaler(t) && (t.Kind() == reflect.Slice || t.Kind() == reflect.Map)
}

// splitList returns the elements of a list, trimmed, and without empty ones.
func splitList(text, separator string) []string {
	var elements []string
	for element := range strings.SplitSeq(text, separator) {
		if element = strings.TrimSpace(element); element != "" {
			elements = append(elements, element)
		}
	}
	return elements
}

// parser parses the texts of a setting.
type parser struct {
	separator string // of the elements of a list
	unit      string // the unit of a bare number of a duration
}

// parseInto parses a text into v, which is settable and of a readable type.
func (p parser) parseInto(v reflect.Value, text string) error {
	switch t := v.Type(); {
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		return p.parseInto(v.Elem(), text)
	case isList(t) && t.Kind() == reflect.Slice:
		return p.parseSlice(v, text)
	case isList(t):
		return p.parseMap(v, text)
	case t == levelType:
		// Its own UnmarshalText accepts "info+2", and not "trace".
		level, ok := parseLevel(text)
		v.Set(reflect.ValueOf(level))
		return unless(ok, errNoLevel)
	case t == durationType:
		d, ok := parseDuration(text, p.unit)
		v.SetInt(int64(d))
		return unless(ok, errNoDuration)
	case t == urlType:
		u, err := url.Parse(text)
		if err == nil {
			v.Set(reflect.ValueOf(*u))
		}
		return err
	case isUnmarshaler(t):
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	}
	return parseBasic(v, text)
}

func unless(ok bool, err error) error {
	if ok {
		return nil
	}
	return err
}

// parseBasic parses a text into a string, boolean or number.
func parseBasic(v reflect.Value, text string) error {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
		return nil
	case v.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(strings.ToLower(text))
		v.SetBool(b)
		return err
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, bits(v.Type()))
		v.SetInt(n)
		return err
	case v.CanUint():
		n, err := strconv.ParseUint(text, 10, bits(v.Type()))
		v.SetUint(n)
		return err
	case v.CanFloat():
		n, err := strconv.ParseFloat(text, v.Type().Bits())
		v.SetFloat(n)
		return err
	}
	panic(fmt.Sprintf("keryx: config cannot parse a %s", v.Type()))
}

// bits returns the size of a whole number. An int counts as 32 bits, so that a setting
// has the same limits on all machines.
func bits(t reflect.Type) int {
	if t.Kind() == reflect.Int || t.Kind() == reflect.Uint {
		return 32
	}
	return t.Bits()
}

func (p parser) parseSlice(v reflect.Value, text string) error {
	elements := splitList(text, p.separator)
	if len(elements) == 0 {
		return nil
	}
	v.Set(reflect.MakeSlice(v.Type(), len(elements), len(elements)))
	for i, element := range elements {
		if err := p.parseInto(v.Index(i), element); err != nil {
			return err
		}
	}
	return nil
}

func (p parser) parseMap(v reflect.Value, text string) error {
	elements := splitList(text, p.separator)
	if len(elements) == 0 {
		return nil
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, element := range elements {
		before, after, ok := strings.Cut(element, ":")
		if !ok {
			return errNoPair
		}
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := errors.Join(p.parseInto(key, before), p.parseInto(value, after)); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
	}
	return nil
}
