package config

import (
	"reflect"
	"slices"
	"strings"
)

// settingField is a field with an env tag, at any depth of a struct.
type settingField struct {
	path   string
	prefix string
	index  []int
	typ    reflect.Type
	tag    reflect.StructTag
}

// settingFields returns the settings of a struct in the order of its fields.
func settingFields(t reflect.Type) []settingField {
	return appendFields(nil, settingField{typ: t})
}

func appendFields(fields []settingField, group settingField) []settingField {
	for i := range group.typ.NumField() {
		f := group.typ.Field(i)
		below := settingField{
			path: group.path + "." + f.Name, prefix: group.prefix,
			index: append(slices.Clone(group.index), i), typ: f.Type, tag: f.Tag,
		}
		if f.Anonymous {
			below.path = group.path
		}
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		switch {
		case name == "-":
		case name != "" && f.IsExported():
			below.path = strings.TrimPrefix(group.path+"."+f.Name, ".")
			fields = append(fields, below)
		case name == "" && f.Type.Kind() == reflect.Struct && (f.IsExported() || f.Anonymous):
			below.prefix += f.Tag.Get("envPrefix")
			fields = appendFields(fields, below)
		}
	}
	return fields
}
