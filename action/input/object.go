package input

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2/validation"
)

// object is a compiled struct.
type object struct {
	fields []*field
}

func (o *object) bind(w *walk, params map[string]any, dst reflect.Value) {
	for _, f := range o.fields {
		f.bindIn(w, params, dst)
	}
}

func bindObject(o *object) binder {
	return func(w *walk, raw any, dst reflect.Value) {
		if raw == nil {
			w.fail(nil, validation.MsgExpectedObject)
			return
		}
		if m, ok := w.members(raw); ok {
			o.bind(w, m, dst)
		}
	}
}

// object compiles a struct type, with the fields of embedded structs in it as
// encoding/json has them: the outermost of one name wins.
func (c *compiler) object(t reflect.Type) (*object, error) {
	if o, ok := c.objects[t]; ok {
		return o, nil
	}
	o := &object{}
	c.objects[t] = o // before the fields, for a type that contains itself
	taken := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous && f.Tag.Get("json") == "" && f.Type.Kind() == reflect.Pointer {
			return nil, fmt.Errorf("field %s: an embedded pointer cannot be an input; embed the struct itself", f.Name)
		}
		if !f.IsExported() || f.Anonymous && f.Tag.Get("json") == "" && f.Type.Kind() == reflect.Struct {
			continue
		}
		compiled, err := c.field(f)
		if err != nil {
			return nil, err
		}
		if compiled == nil {
			continue
		}
		if other, ok := taken[compiled.Name]; ok {
			if len(other.Index) == len(f.Index) {
				return nil, fmt.Errorf("fields %s and %s have the same name %q", other.Name, f.Name, compiled.Name)
			}
			continue
		}
		taken[compiled.Name] = f
		o.fields = append(o.fields, compiled)
	}
	return o, nil
}

func (c *compiler) field(f reflect.StructField) (*field, error) {
	name, optional, err := fieldName(f)
	if name == "" || err != nil {
		return nil, err
	}
	schema, err := rules(f)
	if err != nil {
		return nil, err
	}
	p, err := c.compile(f.Type, schema)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", f.Name, err)
	}
	_, hasDefault := f.Tag.Lookup("default")
	null := reflect.PointerTo(f.Type).Implements(settableType)
	out := &field{
		Field: Field{
			Name: name, Doc: f.Tag.Get("doc"), Type: p.typ, Format: p.format, Items: p.items,
			Required: !optional && !hasDefault && !null && f.Type.Kind() != reflect.Pointer,
			Default:  f.Tag.Get("default"), Secret: f.Tag.Get("secret") == "true",
		},
		index: f.Index, bind: p.bind, null: null, message: f.Tag.Get("message"), hidden: p.hidden,
	}
	if enum := f.Tag.Get("enum"); enum != "" {
		out.Enum = strings.Split(enum, ",")
	}
	switch required := f.Tag.Get("required"); required {
	case "":
	case "true", "false":
		out.Required = required == "true"
	default:
		return nil, fmt.Errorf("field %s: the required tag is true or false, not %q", f.Name, required)
	}
	if hasDefault {
		err = out.setDefault(f)
	}
	return out, err
}

// setDefault reads the default tag as text is read, once, so that a default
// which breaks the field's own rules is found before any request.
func (f *field) setDefault(source reflect.StructField) error {
	f.initial = Text{f.Default}
	if f.Type == "array" {
		f.initial = nil
		for item := range strings.SplitSeq(f.Default, ",") {
			f.initial = append(f.initial, strings.TrimSpace(item))
		}
	}
	w := &walk{}
	f.bind(w, f.initial, reflect.New(source.Type).Elem())
	if len(w.errs) > 0 {
		return fmt.Errorf("field %s: the default %q does not fit: %w", source.Name, f.Default, w.errs)
	}
	return nil
}
