package input

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Values returns the parameters of Go code: of nil, of a map with string keys, or of a
// struct. The json tags of the struct apply, including omitempty and omitzero.
// Parameters keep values that JSON cannot express: a [time.Duration], the content of a
// [File], an absent [Optional]. Values returns an error that names the field for a
// value that cannot be a parameter.
func Values(params any) (map[string]any, error) {
	value, err := valueOf(params, 0)
	if err != nil {
		return nil, err
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	}
	return nil, fmt.Errorf("parameters are a map or a struct, not %T", params)
}

// valueOf returns v as a value for Bind.
func valueOf(v any, depth int) (any, error) {
	switch v := v.(type) {
	case nil, bool, string, json.Number, time.Time, time.Duration, Text, File, []File, RawBody:
		return v, nil
	}
	if depth++; depth > MaxDepth {
		return nil, fmt.Errorf("the value nests deeper than %d levels", MaxDepth)
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if r.IsNil() {
			return nilValue(r.Type()), nil
		}
	}
	if r.Kind() == reflect.Pointer {
		return valueOf(r.Elem().Interface(), depth)
	}
	if o, ok := v.(readable); ok {
		value, state := o.read()
		if state != present {
			return nil, nil
		}
		return valueOf(value, depth)
	}
	if value, ok, err := encoded(r); ok {
		return value, err
	}
	return kindValue(r, depth)
}

// nilValue returns null as a nil value of Go: for a required field it is an empty list,
// map or []byte, unlike the null of JSON.
func nilValue(t reflect.Type) any {
	_, reads := reflect.Zero(t).Interface().(json.Marshaler)
	switch {
	case reads || t.Kind() == reflect.Pointer:
		return nil
	case isBytes(t):
		return []byte(nil)
	case t.Kind() == reflect.Slice:
		return []any(nil)
	}
	return map[string]any(nil)
}

// encoded returns the value of a type that marshals itself to JSON or text.
func encoded(r reflect.Value) (value any, ok bool, err error) {
	pointer := reflect.New(r.Type())
	pointer.Elem().Set(r)
	switch v := pointer.Interface().(type) {
	case json.Marshaler:
		data, err := v.MarshalJSON()
		if err != nil {
			return nil, true, err
		}
		value, err = parse(data)
		return value, true, err
	case encoding.TextMarshaler:
		text, err := v.MarshalText()
		return string(text), true, err
	}
	return nil, false, nil
}

func kindValue(r reflect.Value, depth int) (any, error) {
	switch r.Kind() {
	case reflect.Bool:
		return r.Bool(), nil
	case reflect.String:
		return r.String(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return r.Uint(), nil
	case reflect.Float32:
		return float32(r.Float()), nil
	case reflect.Float64:
		return r.Float(), nil
	case reflect.Slice, reflect.Array:
		if isBytes(r.Type()) {
			return base64.StdEncoding.EncodeToString(r.Bytes()), nil
		}
		return listValue(r, depth)
	case reflect.Map:
		if r.Type().Key().Kind() == reflect.String {
			return mapValue(r, depth)
		}
	case reflect.Struct:
		return structValue(r, depth)
	}
	return nil, fmt.Errorf("a %s cannot be a parameter", r.Type())
}

func listValue(r reflect.Value, depth int) (any, error) {
	list := make([]any, r.Len())
	for i := range list {
		var err error
		if list[i], err = valueOf(r.Index(i).Interface(), depth); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func mapValue(r reflect.Value, depth int) (any, error) {
	object := make(map[string]any, r.Len())
	for entries := r.MapRange(); entries.Next(); {
		value, err := valueOf(entries.Value().Interface(), depth)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", entries.Key(), err)
		}
		object[entries.Key().String()] = value
	}
	return object, nil
}

func structValue(r reflect.Value, depth int) (any, error) {
	fields, err := structFields(r.Type())
	if err != nil {
		return nil, err
	}
	object := make(map[string]any, len(fields))
	for _, f := range fields {
		field := r.FieldByIndex(f.Index)
		if f.omitEmpty && isEmpty(field) || f.omitZero && isZero(field) || isAbsent(field) {
			continue
		}
		if object[f.name], err = valueOf(field.Interface(), depth); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return object, nil
}

// isEmpty reports whether omitempty leaves v out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// isAbsent reports whether v is an absent [Optional].
func isAbsent(v reflect.Value) bool {
	o, ok := v.Interface().(readable)
	if !ok || v.Kind() == reflect.Pointer {
		return false
	}
	_, state := o.read()
	return state == absent
}

// isZero reports whether omitzero leaves v out.
func isZero(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok && v.Kind() != reflect.Pointer {
		return z.IsZero()
	}
	return v.IsZero()
}
