// Package schema describes JSON values: a [Schema] is one of JSON Schema, draft
// 2020-12. Package input makes them of the plan that binds an action's input, and
// [Of] makes one of the type of an action's result.
package schema

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
)

// Dialect is the value of $schema in a document.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

// Schema is a schema, or a document when it has Defs. Fields that are zero are left
// out; the zero Schema accepts every value.
type Schema struct {
	// Dialect is set in the outermost schema of a document.
	Dialect string `json:"$schema,omitempty"`
	// Ref refers to a schema of Defs: "#/$defs/User".
	Ref string `json:"$ref,omitempty"`
	// Title and Description are for people.
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	// Types are the JSON types of the value: string, integer, number, boolean,
	// array, object, null.
	Types Types `json:"type,omitempty"`
	// Format is one of the OpenAPI format registry: of numbers int8 to int64, uint8
	// to uint64, float and double; of text such as email. Many validators ignore it:
	// smaller integers than those of 64 bits have a Minimum and a Maximum, too.
	Format string `json:"format,omitempty"`
	Enum   []any  `json:"enum,omitempty"`
	// Default is the value that an absent one stands for, as JSON.
	Default json.RawMessage `json:"default,omitempty"`

	// The rules for numbers are exact. "" is none.
	Minimum          json.Number `json:"minimum,omitempty"`
	Maximum          json.Number `json:"maximum,omitempty"`
	ExclusiveMinimum json.Number `json:"exclusiveMinimum,omitempty"`
	ExclusiveMaximum json.Number `json:"exclusiveMaximum,omitempty"`
	MultipleOf       json.Number `json:"multipleOf,omitempty"`

	MinLength *int   `json:"minLength,omitempty"`
	MaxLength *int   `json:"maxLength,omitempty"`
	Pattern   string `json:"pattern,omitempty"`
	// ContentEncoding is base64 for bytes, ContentMediaType the type of a file.
	ContentEncoding  string `json:"contentEncoding,omitempty"`
	ContentMediaType string `json:"contentMediaType,omitempty"`

	Items       *Schema `json:"items,omitempty"`
	MinItems    *int    `json:"minItems,omitempty"`
	MaxItems    *int    `json:"maxItems,omitempty"`
	UniqueItems bool    `json:"uniqueItems,omitempty"`

	// Properties are in the order of the struct's fields.
	Properties           Properties `json:"properties,omitempty"`
	Required             []string   `json:"required,omitempty"`
	AdditionalProperties *Schema    `json:"additionalProperties,omitempty"`
	MinProperties        *int       `json:"minProperties,omitempty"`
	MaxProperties        *int       `json:"maxProperties,omitempty"`

	AnyOf []*Schema `json:"anyOf,omitempty"`
	Not   *Schema   `json:"not,omitempty"`

	// WriteOnly marks a secret, Deprecated what clients should stop to use.
	WriteOnly  bool `json:"writeOnly,omitempty"`
	Deprecated bool `json:"deprecated,omitempty"`
	// Examples are values, as JSON.
	Examples []json.RawMessage `json:"examples,omitempty"`

	// Defs are the named types of a document.
	Defs Properties `json:"$defs,omitempty"`
}

// Types are JSON types. One of them is encoded as a string, several as an array.
type Types []string

// MarshalJSON encodes the types.
func (t Types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// Property is a schema under a name.
type Property struct {
	Name   string
	Schema *Schema
	// Type is the type of a definition in [Defs]. Other properties have none.
	Type reflect.Type
}

// Properties are encoded as an object in their order.
type Properties []Property

// Find returns the schema of a name, or nil.
func (p Properties) Find(name string) *Schema {
	for _, one := range p {
		if one.Name == name {
			return one.Schema
		}
	}
	return nil
}

// MarshalJSON encodes the properties.
func (p Properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(one.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(one.Schema)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Null is the JSON type of null.
const Null = "null"

// OrNull returns a schema that accepts null besides what s accepts. It may change s.
func (s *Schema) OrNull() *Schema {
	switch {
	case s.Ref != "":
		return &Schema{AnyOf: []*Schema{s, {Types: Types{Null}}}}
	case s.AnyOf != nil && !slices.ContainsFunc(s.AnyOf, func(one *Schema) bool { return slices.Contains(one.Types, Null) }):
		s.AnyOf = append(s.AnyOf, &Schema{Types: Types{Null}})
	case len(s.Types) > 0 && !slices.Contains(s.Types, Null):
		s.Types = append(s.Types, Null)
	}
	if s.Enum != nil && !slices.Contains(s.Enum, nil) {
		s.Enum = append(s.Enum, nil)
	}
	return s
}

// refers reports whether s, or a schema within it, has the reference.
func (s *Schema) refers(ref string) bool {
	if s == nil {
		return false
	}
	for _, one := range s.AnyOf {
		if one.refers(ref) {
			return true
		}
	}
	return s.Ref == ref || s.Items.refers(ref) || s.AdditionalProperties.refers(ref) || refers(s.Properties, ref)
}
