package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// scanner walks through a text that is valid JSON.
type scanner struct {
	data []byte
	at   int
}

// next returns the next byte that is not space, without taking it.
func (s *scanner) next() byte {
	for s.data[s.at] <= ' ' {
		s.at++
	}
	return s.data[s.at]
}

// skip takes the next byte that is not space.
func (s *scanner) skip() {
	s.next()
	s.at++
}

// more reports whether another item follows in an array or object that ends with
// end. It takes the comma before the item, or the end.
func (s *scanner) more(end byte) bool {
	switch s.next() {
	case end:
		s.at++
		return false
	case ',':
		s.at++
	}
	return true
}

// value takes the text of the next value.
func (s *scanner) value() Value {
	first := s.next()
	start := s.at
	switch first {
	case '"':
		s.quoted()
	case '{', '[':
		s.nested()
	default:
		s.literal()
	}
	return s.data[start:s.at:s.at]
}

// quoted takes a string.
func (s *scanner) quoted() {
	for s.at++; ; s.at++ {
		switch s.data[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return
		}
	}
}

// nested takes an array or an object.
func (s *scanner) nested() {
	for depth := 0; ; {
		switch s.data[s.at] {
		case '"':
			s.quoted()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if s.at++; depth == 0 {
			return
		}
	}
}

// literal takes a number, true, false or null.
func (s *scanner) literal() {
	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; {
		case c <= ' ', c == ',', c == ']', c == '}':
			return
		}
	}
}

func (s *scanner) decode(depth int) (any, error) {
	switch s.next() {
	case '{':
		return s.object(depth + 1)
	case '[':
		return s.array(depth + 1)
	}
	switch v := s.value(); v[0] {
	case '"':
		return unquote(v), nil
	case 't':
		return true, nil
	case 'f':
		return false, nil
	case 'n':
		return nil, nil
	default:
		return json.Number(v), nil
	}
}

func (s *scanner) array(depth int) (any, error) {
	if depth > MaxDepth {
		return nil, errTooDeep
	}
	list := []any{}
	s.at++
	for s.more(']') {
		v, err := s.decode(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (s *scanner) object(depth int) (any, error) {
	if depth > MaxDepth {
		return nil, errTooDeep
	}
	object := map[string]any{}
	s.at++
	for s.more('}') {
		key := unquote(s.value())
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("the key %q occurs twice", key)
		}
		s.skip() // the colon
		v, err := s.decode(depth)
		if err != nil {
			return nil, err
		}
		object[key] = v
	}
	return object, nil
}

var errTooDeep = fmt.Errorf("it nests deeper than %d levels", MaxDepth)

// unquote returns what a string means.
func unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // it is valid
	return s
}
