package input

import (
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/keryx-go/keryx/fault"
)

// maxErrors bounds the errors of one Bind. A hundred wrong parameters say as
// much as a million, and a client must not get back far more than it sent.
const maxErrors = 100

// walk is the state of one Bind: where it is and what has failed so far.
type walk struct {
	path   []byte
	secret bool // inside a secret field
	errs   fault.FieldErrors
	result huma.ValidateResult
}

func (w *walk) release() {
	clear(w.errs) // the pool must not keep what clients sent
	w.path, w.errs, w.secret = w.path[:0], w.errs[:0], false
	walks.Put(w)
}

// enter goes down to a key and returns where to go back to.
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

// key is the path as an error names it. The keys of a map are the client's,
// and may be of any length.
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

// refuse fails with the words of other code, which may repeat the value.
func (w *walk) refuse(raw any, message string) {
	if w.secret {
		message = "expected another value"
	}
	w.fail(raw, cut(message))
}

// check holds a bound value against the rules of its tags and reports what
// the client sent, not what it became.
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
		if format(s) != "" && strings.Contains(message, ": ") { // the words of a parser
			w.refuse(raw, message)
			continue
		}
		w.fail(raw, message)
	}
	return len(w.result.Errors) == 0
}
