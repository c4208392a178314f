package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// object is a JSON object whose values are as they were written, so that a number
// keeps all its digits.
type object map[string]json.RawMessage

func isObject(text []byte) bool { return len(text) > 0 && text[0] == '{' }

// merge applies the difference between two encodings of a value to the stored
// JSON. What is the same in both encodings keeps its stored value, and so do
// members that neither encoding has. Objects are merged member by member; any
// other value is replaced. Spaces and the order of members may change.
func merge(stored, before, after json.RawMessage) (json.RawMessage, error) {
	if bytes.Equal(before, after) {
		return stored, nil
	}
	if !isObject(stored) || !isObject(before) || !isObject(after) {
		return after, nil
	}
	var into, old, changed object
	if err := errors.Join(json.Unmarshal(stored, &into), json.Unmarshal(before, &old), json.Unmarshal(after, &changed)); err != nil {
		return nil, err
	}
	for name := range old {
		if _, kept := changed[name]; !kept {
			delete(into, into.fold(name, old, changed))
		}
	}
	for name, value := range changed {
		if was, known := old[name]; known && bytes.Equal(was, value) {
			continue
		}
		key := into.fold(name, old, changed)
		value, err := merge(into[key], old[name], value)
		if err != nil {
			return nil, err
		}
		into[key] = value
	}
	return json.Marshal(into)
}

// fold returns the name of the member that encoding/json reads into a field, and
// name itself when there is none. It ignores case, except for members that are
// fields themselves. Of several such members it leaves one, because the one that
// is read last would hide a change of another.
func (o object) fold(name string, fields ...object) string {
	found := name
	for other := range o {
		if other == name || !strings.EqualFold(other, name) || isField(other, fields) {
			continue
		}
		if _, taken := o[found]; taken {
			delete(o, other)
		} else {
			found = other
		}
	}
	return found
}

func isField(name string, fields []object) bool {
	for _, f := range fields {
		if _, ok := f[name]; ok {
			return true
		}
	}
	return false
}
