package input

import (
	"encoding/json"
	"reflect"

	"github.com/keryx-go/keryx/action/schema"
)

var _ schema.Nullable = Optional[int]{}

// Optional is a field that distinguishes a value, null, and an absent parameter, as an
// update needs it. The zero value is absent.
type Optional[T any] struct {
	value T
	state optionalState
}

type optionalState uint8

const (
	absent optionalState = iota
	null
	present
)

// Some returns an Optional that holds v.
func Some[T any](v T) Optional[T] { return Optional[T]{value: v, state: present} }

// Null returns an Optional that is null.
func Null[T any]() Optional[T] { return Optional[T]{state: null} }

// Get returns the value, and whether there is one. There is none for absent and null.
func (o Optional[T]) Get() (T, bool) { return o.value, o.state == present }

// IsSet reports whether the parameter was sent, including as null.
func (o Optional[T]) IsSet() bool { return o.state != absent }

// IsNull reports whether the parameter was sent as null.
func (o Optional[T]) IsNull() bool { return o.state == null }

// IsZero reports whether the parameter is absent, so that omitzero leaves it out.
func (o Optional[T]) IsZero() bool { return o.state == absent }

// Element returns the type T: an Optional is a [schema.Nullable].
func (o Optional[T]) Element() reflect.Type { return reflect.TypeFor[T]() }

// MarshalJSON writes the value, or null when there is none.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if o.state != present {
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON reads a value or null.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*o = Null[T]()
		return nil
	}
	var value T
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	*o = Some(value)
	return nil
}

// readable is an Optional of any T, for [Values].
type readable interface {
	read() (value any, state optionalState)
}

func (o Optional[T]) read() (any, optionalState) { return o.value, o.state }

// settable is an Optional of any T, for binding.
type settable interface {
	Element() reflect.Type
	setNull()
	setPresent() reflect.Value // the value, settable
}

var settableType = reflect.TypeFor[settable]()

func (o *Optional[T]) setNull() { *o = Null[T]() }
func (o *Optional[T]) setPresent() reflect.Value {
	o.state = present
	return reflect.ValueOf(&o.value).Elem()
}
