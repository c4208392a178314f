package input

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/keryx-go/keryx/internal/strictjson"
)

// binder sets dst from one raw parameter, or adds an error to w.
type binder func(w *walk, raw any, dst reflect.Value)

// compiler reads one input type. It remembers struct types, so that a type may contain
// itself.
type compiler struct {
	objects map[reflect.Type]*object
	depth   int // the number of structs around a field
}

func newCompiler() *compiler {
	return &compiler{objects: map[reflect.Type]*object{}}
}

var (
	fileType            = reflect.TypeFor[File]()
	timeType            = reflect.TypeFor[time.Time]()
	durationType        = reflect.TypeFor[time.Duration]()
	numberType          = reflect.TypeFor[json.Number]()
	rawType             = reflect.TypeFor[json.RawMessage]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonUnmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

// compile returns the part for t. r has the rules for its values, or is nil. The
// methods of a type take precedence over its kind.
func (c *compiler) compile(t reflect.Type, r *rules) (part, error) {
	pointer := reflect.PointerTo(t)
	switch {
	case pointer.Implements(settableType):
		return c.optional(t, r)
	case t == fileType:
		return part{bind: bindFile, typ: "file", schema: describeFile}, nil
	case t == timeType:
		return timePart(r)
	case t == durationType:
		return part{bind: bindDuration, typ: "string", format: "duration", schema: describeDuration}, nil
	case t == numberType:
		return digitsPart(r)
	case pointer.Implements(textUnmarshalerType):
		return unmarshalerPart(t, r, pointer.Implements(jsonUnmarshalerType))
	case t == rawType:
		return part{bind: bindRaw, typ: "any", null: true, schema: describeAny}, nil
	case pointer.Implements(jsonUnmarshalerType):
		return part{bind: bindJSON, typ: "any", null: true, plain: t.Kind() == reflect.String, schema: describeAny}, nil
	case t == rawBodyType:
		return rawBodyPart(), nil
	case isBytes(t):
		return part{bind: bindBytes, typ: "string", format: "base64", plain: true, schema: describeBytes}, nil
	}
	return c.kind(t, r)
}

func (c *compiler) kind(t reflect.Type, r *rules) (part, error) {
	switch t.Kind() {
	case reflect.String:
		return wordsPart(r)
	case reflect.Bool:
		return part{bind: bindBool, typ: "boolean", schema: describeBool}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return integerPart(t, r)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return unsignedPart(t, r)
	case reflect.Float32, reflect.Float64:
		return fractionPart(t, r)
	case reflect.Pointer:
		return c.pointer(t, r)
	case reflect.Slice, reflect.Array:
		return compileList(c, t, r)
	case reflect.Map:
		return compileMap(c, t, r)
	case reflect.Struct:
		o, err := c.object(t)
		hidden := redactObject(o)
		return part{
			bind: bindObject(o, hidden), typ: "object", hidden: hidden, inner: o, schema: describeObject(t, o),
			shape: func(s shapes) *strictjson.Shape { return s.object(o) },
		}, err
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return part{bind: bindAny, typ: "any", null: true, schema: describeAny}, nil
		}
	}
	return part{}, fmt.Errorf("the type %s cannot be an input; a field that is for the program only has the tag `json:\"-\"`", t)
}

func (c *compiler) pointer(t reflect.Type, r *rules) (part, error) {
	element, err := c.compile(t.Elem(), r)
	if err != nil {
		return part{}, err
	}
	bind := element.bind
	element.null = true
	element.bind = func(w *walk, raw any, dst reflect.Value) {
		if raw == nil {
			dst.SetZero()
			return
		}
		dst.Set(reflect.New(t.Elem()))
		bind(w, raw, dst.Elem())
	}
	return element, nil
}

func (c *compiler) optional(t reflect.Type, r *rules) (part, error) {
	element, err := c.compile(reflect.New(t).Interface().(settable).Element(), r)
	if err != nil {
		return part{}, err
	}
	bind := element.bind
	element.null = true
	element.bind = func(w *walk, raw any, dst reflect.Value) {
		o := dst.Addr().Interface().(settable)
		if raw == nil {
			o.setNull()
			return
		}
		bind(w, raw, o.setPresent())
	}
	return element, nil
}

// object compiles a struct type.
func (c *compiler) object(t reflect.Type) (*object, error) {
	if o, ok := c.objects[t]; ok {
		return o, nil
	}
	o := &object{}
	c.objects[t] = o // before the fields, for a type that contains itself
	if err := checkUnused(t); err != nil {
		return nil, err
	}
	fields, err := structFields(t)
	if err != nil {
		return nil, err
	}
	c.depth++
	defer func() { c.depth-- }()
	for _, f := range fields {
		compiled, err := compileField(c, f)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		o.fields = append(o.fields, compiled)
	}
	return o, oneBody(o.fields)
}

// finite returns an error for a type that contains itself without a struct in between,
// such as type T []T, because compiling it would not end.
func finite(t reflect.Type) error {
	for seen := map[reflect.Type]bool{}; !seen[t]; {
		seen[t] = true
		switch {
		case reflect.PointerTo(t).Implements(settableType):
			t = reflect.New(t).Interface().(settable).Element()
		case t.Kind() == reflect.Pointer, t.Kind() == reflect.Slice, t.Kind() == reflect.Array, t.Kind() == reflect.Map:
			t = t.Elem()
		default:
			return nil
		}
	}
	return fmt.Errorf("the type %s contains itself", t)
}

// isBytes reports whether JSON encodes values of t as base64.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 &&
		!reflect.PointerTo(t.Elem()).Implements(textUnmarshalerType) && !reflect.PointerTo(t.Elem()).Implements(jsonUnmarshalerType)
}

// compileField compiles a field of a struct type.
func compileField(c *compiler, f structField) (*field, error) {
	if err := finite(f.Type); err != nil {
		return nil, err
	}
	if err := checkTags(f.Tag); err != nil {
		return nil, err
	}
	if err := checkOptions(f.Tag); err != nil {
		return nil, err
	}
	r, err := readRules(f.Tag)
	if err != nil {
		return nil, err
	}
	p, err := c.compile(f.Type, r)
	if err != nil {
		return nil, err
	}
	if err := p.accepts(f.Tag); err != nil {
		return nil, err
	}
	files, err := fileRules(f.Tag, p)
	if err != nil {
		return nil, err
	}
	initial, hasDefault := f.Tag.Lookup("default")
	null := reflect.PointerTo(f.Type).Implements(settableType)
	out := &field{
		Field: Field{
			Name: f.name, Doc: f.Tag.Get("doc"), Type: p.typ, Format: p.format, Items: p.items, Raw: p.raw, Default: initial,
			Required: !f.omitEmpty && !f.omitZero && !hasDefault && !null && f.Type.Kind() != reflect.Pointer,
		},
		index: f.Index, bind: p.bind, null: null, part: p, file: p.isFile(), message: f.Tag.Get("message"), hidden: p.hidden, inner: p.inner,
	}
	if files != nil {
		out.bind, out.MaxSize, out.ContentTypes = files.bound(p.bind), files.maxSize, files.types
	}
	if err := readSource(&out.Field, f.Tag, p); err != nil {
		return nil, err
	}
	if out.In != "" && c.depth > 1 {
		return nil, fmt.Errorf("the %s is read by a field of the input itself, not by a nested one", out.In)
	}
	if r != nil {
		out.Enum = r.enum
	}
	if err := flag(f.Tag, "required", &out.Required); err != nil {
		return nil, err
	}
	if err := flag(f.Tag, "secret", &out.Secret); err != nil {
		return nil, err
	}
	if err := p.takes(out.Enum, f.Type); err != nil {
		return nil, err
	}
	if err := flag(f.Tag, "deprecated", &out.Deprecated); err != nil {
		return nil, err
	}
	out.blank = !p.takesEmpty(f.Type)
	return out, readValues(out, f)
}

// readValues reads the tags default and example, whose values have to keep the rules of
// their field.
func readValues(out *field, f structField) error {
	if initial, ok := f.Tag.Lookup("default"); ok {
		out.initial = textOf(initial, out.Type)
		if err := out.fits("default", initial, f.Type); err != nil {
			return err
		}
	}
	example, ok := f.Tag.Lookup("example")
	if !ok {
		return nil
	}
	out.Example = example
	return out.fits("example", example, f.Type)
}

// flag sets to from a tag that is true or false, if there is one.
func flag(tag reflect.StructTag, key string, to *bool) error {
	switch value := tag.Get(key); value {
	case "":
	case "true", "false":
		*to = value == "true"
	default:
		return fmt.Errorf("the %s tag is true or false, not %q", key, value)
	}
	return nil
}
