package cache

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
	"time"
)

// shared is what the callers that were given one entry can have together: the value
// that it holds, decoded once for a type that is copied as a whole.
type shared struct {
	once   sync.Once
	value  any // the decoded value, or a pointer to it as the callers ask for; nil: every caller decodes
	source reflect.Value
}

// decode decodes the value of e.
func decode[T any](e *entry, value *T) error {
	if e.shared == nil {
		return json.Unmarshal(e.raw, value)
	}
	e.shared.once.Do(func() { decodeShared[T](e) })
	switch v := e.shared.value.(type) {
	case nil:
		return json.Unmarshal(e.raw, value)
	case T:
		if !e.shared.source.IsValid() {
			*value = v
			return nil
		}
		clone := reflect.New(e.shared.source.Type())
		clone.Elem().Set(e.shared.source)
		*value = clone.Interface().(T)
		return nil
	}
	return json.Unmarshal(e.raw, value) // callers differ about the type
}

// decodeShared decodes the value of e for all, if that is possible.
func decodeShared[T any](e *entry) {
	kind := reflect.TypeFor[T]()
	pointer := kind.Kind() == reflect.Pointer
	if pointer {
		kind = kind.Elem()
	}
	var value T
	if !plain(kind) || json.Unmarshal(e.raw, &value) != nil {
		return
	}
	e.shared.value = value
	if source := reflect.ValueOf(value); pointer && !source.IsNil() {
		e.shared.source = source.Elem()
	}
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	instant         = reflect.TypeFor[time.Time]()
)

// plain reports whether an assignment copies a value of a type without sharing
// memory that can be changed, and whether encoding/json alone decodes it.
func plain(t reflect.Type) bool {
	if t == instant {
		return true
	}
	if p := reflect.PointerTo(t); p.Implements(unmarshaler) || p.Implements(textUnmarshaler) {
		return false
	}
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if !plain(t.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Array:
		return plain(t.Elem())
	}
	return t.Kind() >= reflect.Bool && t.Kind() <= reflect.Complex128 || t.Kind() == reflect.String
}
