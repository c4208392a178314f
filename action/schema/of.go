package schema

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Nullable is a type whose values are null or values of another type, such as
// input.Optional.
type Nullable interface {
	// Element returns the other type.
	Element() reflect.Type
}

var (
	timeType          = reflect.TypeFor[time.Time]()
	numberType        = reflect.TypeFor[json.Number]()
	nullableType      = reflect.TypeFor[Nullable]()
	jsonMarshalerType = reflect.TypeFor[json.Marshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

// Of returns the document that describes what encoding/json makes of values of type
// t. Whatever it makes is accepted. Nil slices and maps are encoded as null, so a
// slice is "array" or "null". A type that encodes itself (MarshalJSON) and an
// interface may be anything. A type that cannot be encoded accepts nothing.
func Of(t reflect.Type) *Schema {
	var d Defs
	return d.Document(OfType(t, &d))
}

// OfType is Of for one schema of several in a document, whose definitions go to d.
func OfType(t reflect.Type, d *Defs) *Schema { return (&encoded{d}).of(t) }

// encoded describes types as encoding/json encodes them.
type encoded struct{ defs *Defs }

func (e *encoded) of(t reflect.Type) *Schema {
	pointer := reflect.PointerTo(t)
	switch {
	case t == timeType:
		return &Schema{Types: Types{"string"}, Format: "date-time"}
	case t == numberType:
		return &Schema{Types: Types{"number"}}
	case t.Kind() == reflect.Struct && t.Implements(nullableType):
		return e.of(elementOf(t)).OrNull()
	case t.Kind() == reflect.Interface, pointer.Implements(jsonMarshalerType):
		return &Schema{}
	case t.Kind() == reflect.Pointer:
		return e.cyclic(t, func() *Schema { return e.of(t.Elem()).OrNull() })
	case t.Implements(textMarshalerType):
		return &Schema{Types: Types{"string"}}
	case pointer.Implements(textMarshalerType): // whether it is used depends on where the value is
		return &Schema{}
	}
	return e.cyclic(t, func() *Schema { return e.kind(t) })
}

// cyclic returns the schema of a type that is not a struct. A type that contains
// itself without a struct in between, such as type T []T, becomes a definition, so
// that describe ends. A value of type T *T is always encoded as null.
func (e *encoded) cyclic(t reflect.Type, describe func() *Schema) *Schema {
	cycle, null := cycleOf(t)
	switch {
	case !cycle:
		return describe()
	case null:
		return &Schema{Types: Types{Null}}
	}
	return e.defs.Ref(t, describe)
}

// numbers are the formats of the numeric kinds.
var numbers = map[reflect.Kind]string{
	reflect.Int: "int64", reflect.Int8: "int8", reflect.Int16: "int16", reflect.Int32: "int32", reflect.Int64: "int64",
	reflect.Uint: "uint64", reflect.Uint8: "uint8", reflect.Uint16: "uint16", reflect.Uint32: "uint32", reflect.Uint64: "uint64",
	reflect.Uintptr: "uint64", reflect.Float32: "float", reflect.Float64: "double",
}

// Number returns the schema of a numeric kind, or nil for another kind. Integers have
// the bounds of their kind where a float64 holds them exactly: those of 64 bits have
// the format, and unsigned ones the minimum 0.
func Number(k reflect.Kind) *Schema {
	format, ok := numbers[k]
	switch {
	case !ok:
		return nil
	case k == reflect.Float32 || k == reflect.Float64:
		return &Schema{Types: Types{"number"}, Format: format}
	}
	s := &Schema{Types: Types{"integer"}, Format: format}
	switch bits, unsigned := strings.CutPrefix(format, "u"); {
	case unsigned:
		s.Minimum = "0"
		if n := sizes[bits]; n != 0 {
			s.Maximum = json.Number(strconv.FormatUint(1<<n-1, 10))
		}
	case sizes[bits] != 0:
		limit := int64(1) << (sizes[bits] - 1)
		s.Minimum, s.Maximum = json.Number(strconv.FormatInt(-limit, 10)), json.Number(strconv.FormatInt(limit-1, 10))
	}
	return s
}

// sizes are the bits of the integers whose bounds a float64 holds exactly.
var sizes = map[string]int{"int8": 8, "int16": 16, "int32": 32}

func (e *encoded) kind(t reflect.Type) *Schema {
	if s := Number(t.Kind()); s != nil {
		return s
	}
	switch t.Kind() {
	case reflect.String:
		return &Schema{Types: Types{"string"}}
	case reflect.Bool:
		return &Schema{Types: Types{"boolean"}}
	case reflect.Slice:
		if isBytes(t) {
			return &Schema{Types: Types{"string", Null}, ContentEncoding: "base64"}
		}
		return &Schema{Types: Types{"array", Null}, Items: e.of(t.Elem())}
	case reflect.Array:
		n := t.Len()
		return &Schema{Types: Types{"array"}, Items: e.of(t.Elem()), MinItems: &n, MaxItems: &n}
	case reflect.Map:
		if isKey(t.Key()) {
			return &Schema{Types: Types{"object", Null}, AdditionalProperties: e.of(t.Elem())}
		}
	case reflect.Struct:
		return e.defs.Ref(t, func() *Schema { return e.object(t) })
	}
	return &Schema{Not: &Schema{}}
}

// isBytes reports whether encoding/json encodes a slice as base64.
func isBytes(t reflect.Type) bool {
	pointer := reflect.PointerTo(t.Elem())
	return t.Elem().Kind() == reflect.Uint8 && !pointer.Implements(jsonMarshalerType) && !pointer.Implements(textMarshalerType)
}

// isKey reports whether encoding/json encodes maps with keys of type t.
func isKey(t reflect.Type) bool {
	return t.Kind() == reflect.String || t.Implements(textMarshalerType) ||
		Number(t.Kind()) != nil && t.Kind() != reflect.Float32 && t.Kind() != reflect.Float64
}

func (e *encoded) object(t reflect.Type) *Schema {
	s := &Schema{Types: Types{"object"}}
	for _, f := range fieldsOf(t) {
		value := e.of(f.typ)
		if f.quoted && len(value.Types) > 0 { // a type that encodes itself does not heed it
			value = quoted(f.typ)
		}
		if f.doc != "" || f.example != "" || f.deprecated {
			described := *value
			described.Description, described.Deprecated = f.doc, f.deprecated
			if f.example != "" {
				described.Examples = []json.RawMessage{exampleOf(f.example, value.Types)}
			}
			value = &described
		}
		s.Properties = append(s.Properties, Property{Name: f.name, Schema: value})
		if !f.optional {
			s.Required = append(s.Required, f.name)
		}
	}
	return s
}

// exampleOf returns the text of an example tag as JSON: as it is, unless it is text.
func exampleOf(text string, types Types) json.RawMessage {
	if !slices.Contains(types, "string") && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	encoded, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return encoded
}

// quoted describes a field with the json option "string".
func quoted(t reflect.Type) *Schema {
	s := &Schema{Types: Types{"string"}}
	if t.Kind() == reflect.Pointer {
		return s.OrNull()
	}
	return s
}
