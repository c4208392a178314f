package input

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// ruleTags are the struct tags that huma reads as rules of JSON Schema.
var ruleTags = []string{
	"enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
	"minLength", "maxLength", "pattern", "patternDescription", "format",
	"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
}

// rules returns the schema that the tags of f ask for, or nil when they ask
// for nothing. It describes the plain JSON type of the field: pointers,
// optionals and the like are the binder's affair.
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
	defer func() { // huma panics on a tag that it cannot use
		if r := recover(); r != nil {
			err = fmt.Errorf("field %s: %v", f.Name, r)
		}
	}()
	registry := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	plain := reflect.StructField{
		Name: f.Name,
		Type: plainType(f.Type),
		Tag:  reflect.StructTag(strings.Join(tags, " ")),
	}
	s = huma.SchemaFromField(registry, plain, f.Name)
	if s.UniqueItems && (s.Items == nil || !comparable(s.Items.Type)) {
		return nil, fmt.Errorf("field %s: uniqueItems needs a list of strings, numbers or booleans", f.Name)
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

// plainType is the type whose JSON Schema the rules of a field apply to.
func plainType(t reflect.Type) reflect.Type {
	pointer := reflect.PointerTo(t)
	switch {
	case pointer.Implements(settableType):
		return plainType(reflect.New(t).Interface().(settable).element())
	case t == timeType || t == durationType || pointer.Implements(textUnmarshalerType):
		return reflect.TypeFor[string]()
	case t == bytesType || t == fileType || pointer.Implements(jsonUnmarshalerType):
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

// itemRules splits the schema of a list: the rules of the list itself, with
// anything for elements, and the rules of each element.
func itemRules(s *huma.Schema) (list, item *huma.Schema) {
	if s == nil || s.Type != huma.TypeArray {
		return nil, nil
	}
	item = s.Items
	if s.MinItems == nil && s.MaxItems == nil && !s.UniqueItems {
		return nil, item
	}
	list = &huma.Schema{
		Type: huma.TypeArray, Items: &huma.Schema{},
		MinItems: s.MinItems, MaxItems: s.MaxItems, UniqueItems: s.UniqueItems,
	}
	list.PrecomputeMessages()
	return list, item
}
