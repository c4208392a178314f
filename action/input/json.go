package input

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// MaxDepth is how deep the arrays and objects of a JSON body may nest.
const MaxDepth = 100

// ParseObject reads one JSON object. It is stricter than encoding/json, which
// guesses where a client and a server could disagree on what was said: it
// refuses a key that occurs twice in one object, invalid UTF-8, anything after
// the object, and nesting deeper than [MaxDepth]. Numbers come as
// [json.Number], so that none loses precision.
func ParseObject(data []byte) (map[string]any, error) {
	value, err := parse(data)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("expected a JSON object, got %s", kindOf(value))
	}
	return object, nil
}

// parse reads one JSON value as [ParseObject] does.
func parse(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("invalid UTF-8")
	}
	p := parser{json.NewDecoder(bytes.NewReader(data))}
	p.UseNumber()
	value, err := p.value(0)
	if err != nil {
		return nil, p.explain(err)
	}
	if _, err := p.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the JSON value at offset %d", p.InputOffset())
	}
	return value, nil
}

type parser struct{ *json.Decoder }

func (p parser) explain(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		if p.InputOffset() == 0 {
			return errors.New("it is empty")
		}
		return errors.New("it ends too early")
	}
	return err
}

func (p parser) value(depth int) (any, error) {
	token, err := p.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth++; depth > MaxDepth {
		return nil, fmt.Errorf("it nests deeper than %d levels", MaxDepth)
	}
	if delim == '[' {
		return p.array(depth)
	}
	return p.object(depth)
}

func (p parser) array(depth int) (any, error) {
	list := []any{}
	for p.More() {
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := p.Token() // ]
	return list, err
}

func (p parser) object(depth int) (any, error) {
	object := map[string]any{}
	for p.More() {
		token, err := p.Token()
		if err != nil {
			return nil, err
		}
		key, _ := token.(string)
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("the key %q occurs twice", key)
		}
		if object[key], err = p.value(depth); err != nil {
			return nil, err
		}
	}
	_, err := p.Token() // }
	return object, err
}

func kindOf(v any) string {
	switch v.(type) {
	case []any:
		return "an array"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	}
	return "null"
}
