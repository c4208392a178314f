package input

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/keryx-go/keryx/fault"
)

var walks = sync.Pool{New: func() any { return new(walk) }}

const (
	msgText   = "must be text"
	msgObject = "must be an object"
	msgSingle = "must be a single value"
	msgUTF8   = "must be text in UTF-8"
	msgNUL    = "must not contain NUL characters"
)

// maxErrors bounds the errors of one Bind. More would not help a client, and the
// response must not be far larger than the request.
const maxErrors = 100

// walk is the state of one Bind: the path to the current value, and the errors.
type walk struct {
	path   []byte
	secret bool // inside a secret field
	errs   fault.FieldErrors
}

func (w *walk) release() {
	clear(w.errs) // the pool must not keep values of clients
	w.path, w.errs, w.secret = w.path[:0], w.errs[:0], false
	walks.Put(w)
}

// enter adds a key to the path and returns the length to go back to.
func (w *walk) enter(key string) int {
	back := len(w.path)
	if back > 0 {
		w.path = append(w.path, '.')
	}
	w.path = append(w.path, key...)
	return back
}

func (w *walk) enterIndex(i int) int {
	back := len(w.path)
	w.path = append(w.path, '[')
	w.path = strconv.AppendInt(w.path, int64(i), 10)
	w.path = append(w.path, ']')
	return back
}

func (w *walk) leave(back int) { w.path = w.path[:back] }

// key returns the path for an error. It is cut, because a client chooses the keys of a
// map.
func (w *walk) key() string {
	return cut(string(w.path[:min(len(w.path), maxEcho+1)]))
}

// maxName is the maximum length of a path within a message, in bytes.
const maxName = 100

// fail adds an error. message follows the path to the value: "must be text".
func (w *walk) fail(raw any, message string) {
	name := string(w.path[:min(len(w.path), maxName+1)])
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "…"
	}
	w.report(raw, name+" "+message)
}

// missing adds the error for a required parameter that was not sent.
func (w *walk) missing() { w.report(nil, "Missing required param: "+w.key()) }

func (w *walk) report(raw any, message string) {
	if len(w.errs) >= maxErrors {
		return
	}
	value := echo(raw)
	if w.secret && value != nil {
		value = Redacted
	}
	w.errs = append(w.errs, fault.FieldError{Message: message, Key: w.key(), Value: value})
}

// refuse adds an error of a type that reads text or JSON itself. Its words may contain
// the value.
func (w *walk) refuse(raw any, t reflect.Type, err error) {
	switch message := expected[t]; {
	case message != "":
		w.fail(raw, message)
	case w.secret || isForProgrammers(err):
		w.fail(raw, "is not valid")
	default:
		w.fail(raw, "is not valid: "+cut(err.Error()))
	}
}

// single returns the only value of a text, or adds an error when there are several.
func (w *walk) single(t Text) (string, bool) {
	if len(t) != 1 {
		w.fail(t, msgSingle)
		return "", false
	}
	return t[0], true
}

// text returns raw as a string, from text or from a JSON string.
func (w *walk) text(raw any) (string, bool) {
	var s string
	switch v := raw.(type) {
	case string:
		s = v
	case Text:
		var ok bool
		if s, ok = w.single(v); !ok {
			return "", false
		}
	default:
		w.fail(raw, msgText)
		return "", false
	}
	switch {
	case !utf8.ValidString(s):
		w.fail(nil, msgUTF8)
		return "", false
	case strings.IndexByte(s, 0) >= 0:
		w.fail(raw, msgNUL)
		return "", false
	}
	return s, true
}

// short reports whether text is not longer than maxText.
func (w *walk) short(text string, raw any) bool {
	if len(text) > maxText {
		w.fail(raw, "must have at most "+strconv.Itoa(maxText)+" characters")
		return false
	}
	return true
}

// number returns a number, from text or from a JSON number, and its digits.
func (w *walk) number(raw any, expected string) (decimal, string, bool) {
	if t, ok := raw.(Text); ok && len(t) != 1 {
		_, ok := w.single(t)
		return decimal{}, "", ok
	}
	if digits, ok := digitsOf(raw); ok {
		if d, ok := parseDecimal(digits); ok {
			return d, digits, true
		}
	}
	w.fail(raw, expected)
	return decimal{}, "", false
}

// integer returns a whole number, and its digits as strconv reads them.
func (w *walk) integer(raw any) (decimal, string, bool) {
	d, _, ok := w.number(raw, msgInteger)
	if !ok {
		return d, "", false
	}
	digits, ok := d.integer()
	if !ok {
		w.fail(raw, msgInteger)
	}
	return d, digits, ok
}

// members returns raw as a JSON object; text must contain one.
func (w *walk) members(raw any, hidden redactor) (map[string]any, bool) {
	switch v := raw.(type) {
	case map[string]any:
		return v, true
	case Text:
		if len(v) != 1 {
			w.fail(hidden.show(raw), msgSingle)
			return nil, false
		}
		m, err := ParseObject([]byte(v[0]))
		if err != nil {
			w.fail(hidden.show(raw), msgObject)
			return nil, false
		}
		return m, true
	}
	w.fail(hidden.show(raw), msgObject)
	return nil, false
}

// own copies a JSON value, and checks its strings like text.
func (w *walk) own(raw any) (any, bool) {
	switch v := raw.(type) {
	case string, Text:
		return w.text(v)
	case []any:
		if v == nil { // of Go code
			return nil, true
		}
		list := make([]any, len(v))
		for i := range v {
			back := w.enterIndex(i)
			var ok bool
			if list[i], ok = w.own(v[i]); !ok {
				return nil, false
			}
			w.leave(back)
		}
		return list, true
	case map[string]any:
		object := make(map[string]any, len(v))
		for key := range v {
			back := w.enter(key)
			var ok bool
			if object[key], ok = w.own(v[key]); !ok || !w.name(key) {
				return nil, false
			}
			w.leave(back)
		}
		return object, true
	}
	return raw, true
}

// name checks the key of an object like text.
func (w *walk) name(key string) bool {
	if strings.IndexByte(key, 0) >= 0 {
		w.fail(nil, msgNUL)
		return false
	}
	return true
}
