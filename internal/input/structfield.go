package input

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// structField is a field of a struct, or of a struct embedded in it, under
// the name that encoding/json gives it. Its Index starts at the outer struct.
type structField struct {
	reflect.StructField
	name      string
	omitEmpty bool
	omitZero  bool
}

// structFields returns the fields of t like encoding/json: the outermost of one name
// wins, and a struct embedded under a name is an ordinary field.
func structFields(t reflect.Type) ([]structField, error) {
	all, err := flatten(t, nil, nil)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b structField) int { return cmp.Compare(len(a.Index), len(b.Index)) })
	taken := map[string]structField{}
	var fields []structField
	for _, f := range all {
		other, found := taken[f.name]
		switch {
		case !found:
			taken[f.name] = f
			fields = append(fields, f)
		case len(other.Index) == len(f.Index):
			return nil, fmt.Errorf("fields %s and %s have the same name %q", other.Name, f.Name, f.name)
		}
	}
	slices.SortFunc(fields, func(a, b structField) int { return slices.Compare(a.Index, b.Index) })
	return fields, nil
}

func flatten(t reflect.Type, index []int, found []structField) ([]structField, error) {
	for i := range t.NumField() {
		f := structField{StructField: t.Field(i)}
		f.Index = append(slices.Clone(index), i)
		skip, err := f.readTag()
		switch {
		case err != nil:
			return nil, err
		case skip:
			continue
		case f.Anonymous && f.name == "" && f.Type.Kind() == reflect.Pointer:
			return nil, fmt.Errorf("field %s: an embedded pointer cannot be an input; embed the struct itself", f.Name)
		case f.Anonymous && f.name == "" && f.Type.Kind() == reflect.Struct:
			if found, err = flatten(f.Type, f.Index, found); err != nil {
				return nil, err
			}
			continue
		case f.Anonymous && !f.IsExported() && f.name != "":
			return nil, fmt.Errorf("field %s: an embedded type with a name of its own must be exported", f.Name)
		case !f.IsExported() && f.name != "":
			return nil, fmt.Errorf("field %s: it has a json tag and is not exported, so no request can set it; begin its name with an upper-case letter", f.Name)
		case !f.IsExported():
			continue
		case f.name == "":
			f.name = f.Name
		}
		found = append(found, f)
	}
	return found, nil
}

// readTag reads the json tag like encoding/json, and reports whether the tag excludes
// the field.
func (f *structField) readTag() (skip bool, err error) {
	tag := f.Tag.Get("json")
	if tag == "-" {
		return true, nil
	}
	name, options, _ := strings.Cut(tag, ",")
	f.name = name
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty":
			f.omitEmpty = true
		case "omitzero":
			f.omitZero = true
		case "string":
			return false, fmt.Errorf("field %s: the json option %q is not supported", f.Name, option)
		}
	}
	return false, nil
}
