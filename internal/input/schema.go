package input

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// The struct tags that are rules of JSON Schema, by the type that they apply to.
var (
	textRules   = []string{"enum", "minLength", "maxLength", "pattern", "patternDescription", "format"}
	numberRules = []string{"enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
	listRules   = []string{"minItems", "maxItems", "uniqueItems"}
	mapRules    = []string{"minProperties", "maxProperties"}
	ruleTags    = slices.Concat(textRules, numberRules[1:], listRules, mapRules)
)

// rules returns the schema with the rules in the tags of f, or nil if there are none.
// It describes the plain JSON type of the field; the binder handles pointers, optionals
// and the like.
func rules(f reflect.StructField) (s *huma.Schema, err error) {
	var tags []string
	for _, key := range ruleTags {
		if value, ok := f.Tag.Lookup(key); ok {
			tags = append(tags, key+":"+strconv.Quote(value))
		}
	}
	if len(tags) == 0 {
		return nil, nil
	}
	defer func() { // huma panics on an invalid tag
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	registry := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	plain := reflect.StructField{
		Name: f.Name,
		Type: plainType(f.Type),
		Tag:  reflect.StructTag(strings.Join(tags, " ")),
	}
	s = huma.SchemaFromField(registry, plain, f.Name)
	for _, numbers := range []*huma.Schema{s, s.Items} {
		if numbers != nil && numbers.MultipleOf != nil && *numbers.MultipleOf <= 0 {
			return nil, errors.New("multipleOf must be above zero")
		}
	}
	if s.UniqueItems && (s.Items == nil || !comparable(s.Items.Type)) {
		return nil, errors.New("uniqueItems needs a list of strings, numbers or booleans")
	}
	return s, nil
}

func comparable(jsonType string) bool {
	switch jsonType {
	case huma.TypeString, huma.TypeInteger, huma.TypeNumber, huma.TypeBoolean:
		return true
	}
	return false
}

// plainType returns the type to whose JSON Schema the rules of a field apply.
func plainType(t reflect.Type) reflect.Type {
	pointer := reflect.PointerTo(t)
	switch {
	case pointer.Implements(settableType):
		return plainType(reflect.New(t).Interface().(settable).Element())
	case t == numberType:
		return reflect.TypeFor[float64]()
	case t == timeType || t == durationType || pointer.Implements(textUnmarshalerType):
		return reflect.TypeFor[string]()
	case isBytes(t) || t == fileType || pointer.Implements(jsonUnmarshalerType):
		return reflect.TypeFor[any]()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return plainType(t.Elem())
	case reflect.Slice:
		return reflect.SliceOf(plainType(t.Elem()))
	case reflect.Array:
		return reflect.ArrayOf(t.Len(), plainType(t.Elem()))
	case reflect.Map, reflect.Struct:
		return reflect.TypeFor[map[string]any]()
	}
	return t
}
