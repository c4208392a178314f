package config

import (
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"
)

// textOf returns a value as it could be written in its variable.
func textOf(v reflect.Value, separator string) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	if text, ok := ownText(v); ok {
		return text
	}
	switch v.Kind() {
	case reflect.Slice:
		return textOfList(v, separator)
	case reflect.Map:
		return textOfMap(v, separator)
	}
	return fmt.Sprint(v.Interface())
}

// ownText returns the text of a value that can marshal itself. It uses the value's
// pointer if there is one.
func ownText(v reflect.Value) (string, bool) {
	if v.CanAddr() {
		v = v.Addr()
	}
	switch value := v.Interface().(type) {
	case *time.Duration:
		return formatDuration(*value), true
	case time.Duration:
		return formatDuration(value), true
	case *slog.Level:
		return formatLevel(*value), true
	case slog.Level:
		return formatLevel(value), true
	case encoding.TextMarshaler:
		text, err := value.MarshalText()
		return string(text), err == nil
	case fmt.Stringer:
		return value.String(), true
	}
	return "", false
}

func textOfList(v reflect.Value, separator string) string {
	var elements []string
	for i := range v.Len() {
		elements = append(elements, textOf(v.Index(i), separator))
	}
	return strings.Join(elements, separator)
}

func textOfMap(v reflect.Value, separator string) string {
	var elements []string
	for _, key := range v.MapKeys() {
		elements = append(elements, textOf(key, separator)+":"+textOf(v.MapIndex(key), separator))
	}
	slices.Sort(elements)
	return strings.Join(elements, separator)
}
