package input

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// binder sets dst from one raw parameter, or reports on w why it cannot.
type binder func(w *walk, raw any, dst reflect.Value)

// compiler reads one input type. Struct types are remembered, so that a type
// may contain itself.
type compiler struct {
	objects map[reflect.Type]*object
}

func newCompiler() *compiler {
	return &compiler{objects: map[reflect.Type]*object{}}
}

var (
	fileType            = reflect.TypeFor[File]()
	timeType            = reflect.TypeFor[time.Time]()
	durationType        = reflect.TypeFor[time.Duration]()
	bytesType           = reflect.TypeFor[[]byte]()
	rawType             = reflect.TypeFor[json.RawMessage]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonUnmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

// part is a compiled type: how to bind it, and how to describe and hide it.
type part struct {
	bind   binder
	typ    string // Field.Type
	format string // Field.Format
	items  string // Field.Items
	hidden redactor
}

// compile returns the part for t, whose values must keep the rules of s; s is
// nil where there are none. The order of the cases is the order in which
// encoding/json would choose.
func (c *compiler) compile(t reflect.Type, s *huma.Schema) (part, error) {
	pointer := reflect.PointerTo(t)
	switch {
	case pointer.Implements(settableType):
		return c.optional(t, s)
	case t == fileType:
		return part{bind: bindFile, typ: "file"}, nil
	case t == timeType:
		return timePart(s), nil
	case t == durationType:
		return part{bind: bindDuration, typ: "string", format: "duration"}, nil
	case t == rawType || !pointer.Implements(textUnmarshalerType) && pointer.Implements(jsonUnmarshalerType):
		return part{bind: bindJSON, typ: "any"}, nil
	case pointer.Implements(textUnmarshalerType):
		return part{bind: bindUnmarshaler(s), typ: "string", format: format(s)}, nil
	case t == bytesType:
		return part{bind: bindBytes(s), typ: "string", format: "base64"}, nil
	}
	return c.kind(t, s)
}

func (c *compiler) kind(t reflect.Type, s *huma.Schema) (part, error) {
	switch t.Kind() {
	case reflect.String:
		return part{bind: bindString(s), typ: "string", format: format(s)}, nil
	case reflect.Bool:
		return part{bind: bindBool, typ: "boolean"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return part{bind: bindInt(t.Bits(), s), typ: "integer"}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return part{bind: bindUint(t.Bits(), s), typ: "integer"}, nil
	case reflect.Float32, reflect.Float64:
		return part{bind: bindFloat(t.Bits(), s), typ: "number"}, nil
	case reflect.Pointer:
		return c.pointer(t, s)
	case reflect.Slice, reflect.Array:
		return c.list(t, s)
	case reflect.Map:
		return c.dictionary(t, s)
	case reflect.Struct:
		o, err := c.object(t)
		return part{bind: bindObject(o), typ: "object", hidden: redactObject(o)}, err
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return part{bind: bindAny, typ: "any"}, nil
		}
	}
	return part{}, fmt.Errorf("the type %s cannot be an input", t)
}

func (c *compiler) pointer(t reflect.Type, s *huma.Schema) (part, error) {
	element, err := c.compile(t.Elem(), s)
	if err != nil {
		return part{}, err
	}
	bind := element.bind
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

func (c *compiler) optional(t reflect.Type, s *huma.Schema) (part, error) {
	element, err := c.compile(reflect.New(t).Interface().(settable).element(), s)
	if err != nil {
		return part{}, err
	}
	bind := element.bind
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

func format(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	return s.Format
}
