package input

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/keryx-go/keryx/fault"
)

var walks = sync.Pool{New: func() any { return new(walk) }}

const (
	msgSingle = "expected a single value"
	msgUTF8   = "expected valid UTF-8"
	msgNUL    = "expected text without NUL bytes"
)

// maxErrors bounds the errors of one Bind. More would not help a client, and the
// response must not be far larger than the request.
const maxErrors = 100

// walk is the state of one Bind: the path to the current value, and the errors.
type walk struct {
	path   []byte
	secret bool // inside a secret field
	errs   fault.FieldErrors
	result huma.ValidateResult
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

func (w *walk) fail(raw any, message string) {
	if len(w.errs) >= maxErrors {
		return
	}
	value := echo(raw)
	if w.secret && value != nil {
		value = Redacted
	}
	w.errs = append(w.errs, fault.FieldError{Message: message, Key: w.key(), Value: value})
}

// refuse adds an error with a message from other code, which may contain the value.
func (w *walk) refuse(raw any, message string) {
	if w.secret {
		message = "expected another value"
	}
	w.fail(raw, cut(message))
}

// check checks a bound value against the rules of its tags. Its errors contain raw, the
// value from the client.
func (w *walk) check(s *huma.Schema, value, raw any) bool {
	if s == nil {
		return true
	}
	var path huma.PathBuffer
	w.result.Reset()
	huma.Validate(nil, s, &path, huma.ModeWriteToServer, value, &w.result)
	for _, err := range w.result.Errors {
		message := err.Error()
		if d, ok := err.(*huma.ErrorDetail); ok {
			message = d.Message
		}
		if format(s) != "" && strings.Contains(message, ": ") { // the message of a parser
			w.refuse(raw, message)
			continue
		}
		w.fail(raw, message)
	}
	return len(w.result.Errors) == 0
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
		w.fail(raw, validation.MsgExpectedString)
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

// digits returns the digits of a number, from text or from a JSON number.
func (w *walk) digits(raw any, expected string) (string, bool) {
	switch v := raw.(type) {
	case Text:
		s, ok := w.single(v)
		return strings.TrimSpace(s), ok
	case json.Number:
		return string(v), true
	}
	switch v := reflect.ValueOf(raw); v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), true
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64), true
	}
	w.fail(raw, expected)
	return "", false
}

func (w *walk) checkMultiple(of float64, digits string, raw any) {
	if of == 0 {
		return
	}
	f, _ := strconv.ParseFloat(digits, 64) // it has been parsed before, to 32 or 64 bits
	times := f / of
	if off := math.Abs(times - math.Round(times)); off > 1e-12*max(1, math.Abs(times)) {
		w.fail(raw, fmt.Sprintf(validation.MsgExpectedNumberBeMultipleOf, of))
	}
}

// members returns raw as a JSON object; text must contain one. Null is a nil map.
func (w *walk) members(raw any, hidden redactor) (map[string]any, bool) {
	switch v := raw.(type) {
	case nil:
		return nil, true
	case map[string]any:
		return v, true
	case Text:
		if len(v) != 1 {
			w.fail(hidden.show(raw), msgSingle)
			return nil, false
		}
		m, err := ParseObject([]byte(v[0]))
		if err != nil {
			w.refuse(hidden.show(raw), "expected a JSON object: "+err.Error())
			return nil, false
		}
		return m, true
	}
	w.fail(hidden.show(raw), validation.MsgExpectedObject)
	return nil, false
}

// own copies a JSON value, and checks its strings like text.
func (w *walk) own(raw any) (any, bool) {
	switch v := raw.(type) {
	case string, Text:
		return w.text(v)
	case []any:
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
