// Package strictjson reads JSON from outside. It refuses what encoding/json
// guesses at, where a client and a server could disagree on what was said: a
// key that occurs twice in one object, invalid UTF-8, anything after the value,
// and nesting deeper than [MaxDepth].
//
// What is valid is for encoding/json to say. Reading a text that is known to be
// valid is simple then, and takes a third of the time that its Decoder needs
// for the tokens.
package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may nest.
const MaxDepth = 100

// MaxValues is how many values a text may have, where members of objects that are not
// wanted count, and elements of arrays that are not wanted do not: those cost nothing.
const MaxValues = 100_000

// Value is the text of one JSON value.
type Value []byte

// Parse checks that data is one JSON value, and returns it without the space
// around it. The value is a part of data, not a copy.
func Parse(data []byte) (Value, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("invalid UTF-8")
	}
	if !json.Valid(data) {
		return nil, explain(data)
	}
	s := scanner{data: data}
	return s.value(), nil
}

// explain returns what is wrong with a text that is not valid.
func explain(data []byte) error {
	var syntax *json.SyntaxError
	err := json.Unmarshal(data, &json.RawMessage{})
	if !errors.As(err, &syntax) {
		return err
	}
	switch message := syntax.Error(); {
	case strings.Contains(message, "unexpected end"):
		if len(strings.TrimSpace(string(data))) == 0 {
			return errors.New("it is empty")
		}
		return errors.New("it ends too early")
	case strings.Contains(message, "after top-level value"):
		return fmt.Errorf("something follows the JSON value at offset %d", syntax.Offset-1)
	}
	return err
}

// Decode returns the value as encoding/json would, with numbers as
// [json.Number], so that none loses precision. It returns an error for a text with more
// than [MaxValues] values.
func (v Value) Decode() (any, error) { return v.DecodeShape(nil) }

// DecodeShape is Decode for a value of which only a part is wanted. It checks the rest
// as well, and makes no values of it.
func (v Value) DecodeShape(shape *Shape) (any, error) {
	s := scanner{data: v}
	return s.decode(0, shape)
}

// Text returns the value of a string; false for any other kind of value.
func (v Value) Text() (string, bool) {
	if len(v) == 0 || v[0] != '"' {
		return "", false
	}
	return unquote(v), true
}

// Kind names the kind of the value, for messages: "an object", "null".
func (v Value) Kind() string {
	switch v[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// Members calls f with each member of an object, in their order. It returns
// the first error of f, and one when the value is no object. It is for f to
// care about keys that occur twice.
func (v Value) Members(f func(key string, value Value) error) error {
	if v[0] != '{' {
		return fmt.Errorf("expected a JSON object, got %s", v.Kind())
	}
	s := scanner{data: v, at: 1}
	for s.more('}') {
		key := unquote(s.value())
		s.skip() // the colon
		if err := f(key, s.value()); err != nil {
			return err
		}
	}
	return nil
}
