package session

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// object is a JSON object, taken apart no further than into its members: keys and
// values keep the bytes that they have.
type object []member

type member struct {
	name       string
	key, value []byte // the key with its quotes
}

func isObject(text []byte) bool { return len(text) > 0 && text[0] == '{' }

// parseObject returns false for what is not valid JSON, or no object.
func parseObject(text []byte) (object, bool) {
	if !json.Valid(text) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, false
	}
	o := object{}
	for decoder.More() {
		before := decoder.InputOffset()
		name, err := decoder.Token()
		if err != nil {
			return nil, false
		}
		m := member{key: bytes.TrimLeft(text[before:decoder.InputOffset()], " \t\r\n,")}
		m.name, _ = name.(string)
		if decoder.Decode((*json.RawMessage)(&m.value)) != nil {
			return nil, false
		}
		o = append(o, m)
	}
	return o, true
}

// find returns the index of the last member of that name, or -1.
func (o object) find(name string) int {
	return o.findField(name, o)
}

// findField returns the index of the member that encoding/json reads last into a
// field of that name, or -1.
func (o object) findField(name string, known object) int {
	for i, m := range slices.Backward(o) {
		if m.isField(name, known) {
			return i
		}
	}
	return -1
}

// isField tells whether encoding/json reads the member into a field of that name:
// whatever its case, unless it is the name of another one that is known.
func (m member) isField(name string, known object) bool {
	if m.name == name || !strings.EqualFold(m.name, name) {
		return m.name == name
	}
	return !slices.ContainsFunc(known, func(k member) bool { return k.name == m.name })
}

// setField replaces the value of a field, or adds one at the end.
func (o object) setField(name string, value []byte, known object) object {
	if i := o.findField(name, known); i >= 0 {
		o[i].value = value
		return o
	}
	quoted, _ := json.Marshal(name) // a string always can be
	return append(o, member{name, quoted, value})
}

func (o object) text() []byte {
	text := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, m.key...), ':'), m.value...)
	}
	return append(text, '}')
}

// merge carries the difference between two encodings of a value over to what is
// stored. What is the same in both stays as it is stored, byte by byte, and so
// does what the value's type does not know.
func merge(stored, before, after []byte) []byte {
	if bytes.Equal(before, after) {
		return stored
	}
	into, isOne := parseObject(stored)
	old, isTwo := parseObject(before)
	changed, isThree := parseObject(after)
	if !isOne || !isTwo || !isThree {
		return after
	}
	known := slices.Concat(old, changed)
	for _, m := range changed {
		value := m.value
		if was := old.find(m.name); was >= 0 {
			if bytes.Equal(old[was].value, m.value) {
				continue
			}
			if i := into.findField(m.name, known); i >= 0 {
				value = merge(into[i].value, old[was].value, m.value)
			}
		}
		into = into.setField(m.name, value, known)
	}
	for _, m := range old {
		if changed.find(m.name) < 0 {
			into = slices.DeleteFunc(into, func(other member) bool { return other.isField(m.name, known) })
		}
	}
	return into.text()
}
