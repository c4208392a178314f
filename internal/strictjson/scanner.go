package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// scanner walks through a text that is valid JSON.
type scanner struct {
	data   []byte
	at     int
	values int // that have been made, or were counted instead
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

// decode makes the next value, of which shape says what is wanted.
func (s *scanner) decode(depth int, shape *Shape) (any, error) {
	if err := s.count(); err != nil {
		return nil, err
	}
	switch s.next() {
	case '{':
		return s.object(depth+1, shape)
	case '[':
		return s.array(depth+1, shape.element())
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

func (s *scanner) count() error {
	if s.values++; s.values > MaxValues {
		return errTooMany
	}
	return nil
}

func (s *scanner) array(depth int, element *Shape) (any, error) {
	if depth > MaxDepth {
		return nil, errTooDeep
	}
	list := []any{}
	s.at++
	for s.more(']') {
		v, err := s.decode(depth, element)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (s *scanner) object(depth int, shape *Shape) (any, error) {
	if depth > MaxDepth {
		return nil, errTooDeep
	}
	object := map[string]any{}
	var unwanted keys
	s.at++
	for s.more('}') {
		quoted := s.value()
		s.skip() // the colon
		key, member, wanted := shape.member(quoted)
		if !wanted {
			if err := s.pass(depth, &unwanted, quoted); err != nil {
				return nil, err
			}
			continue
		}
		if _, twice := object[key]; twice {
			return nil, errTwice(key)
		}
		v, err := s.decode(depth, member)
		if err != nil {
			return nil, err
		}
		object[key] = v
	}
	return object, nil
}

// pass skips the member of an object with that key.
func (s *scanner) pass(depth int, seen *keys, key Value) error {
	if err := s.count(); err != nil {
		return err
	}
	if err := seen.add(key); err != nil {
		return err
	}
	return s.drop(depth)
}

// drop skips the next value, and checks the objects in it.
func (s *scanner) drop(depth int) error {
	first := s.next()
	if first != '{' && first != '[' {
		s.value()
		return nil
	}
	if depth++; depth > MaxDepth {
		return errTooDeep
	}
	s.at++
	var seen keys
	for s.more(first + 2) { // the closing bracket
		var err error
		if first == '[' {
			err = s.drop(depth)
		} else {
			key := s.value()
			s.skip() // the colon
			err = s.pass(depth, &seen, key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var (
	errTooDeep = fmt.Errorf("it nests deeper than %d levels", MaxDepth)
	errTooMany = fmt.Errorf("it has more than %d values", MaxValues)
)

func errTwice(key string) error { return fmt.Errorf("the key %q occurs twice", key) }

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
