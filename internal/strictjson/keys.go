package strictjson

import "bytes"

// few is the number of keys up to which they are compared one by one.
const few = 8

// keys are those of one object whose values are not wanted.
type keys struct {
	list []Value             // while there are few
	set  map[string]struct{} // when there are more
}

// add returns an error for a key that occurs twice.
func (k *keys) add(quoted Value) error {
	if k.set == nil && len(k.list) < few && isPlain(quoted) {
		for _, other := range k.list {
			if bytes.Equal(other, quoted) {
				return errTwice(unquote(quoted))
			}
		}
		k.list = append(k.list, quoted)
		return nil
	}
	if k.set == nil {
		k.set = make(map[string]struct{}, 2*few)
		for _, other := range k.list {
			k.set[unquote(other)] = struct{}{}
		}
	}
	key := unquote(quoted)
	if _, twice := k.set[key]; twice {
		return errTwice(key)
	}
	k.set[key] = struct{}{}
	return nil
}

// isPlain reports whether a string has no escapes.
func isPlain(quoted Value) bool { return bytes.IndexByte(quoted, '\\') < 0 }
