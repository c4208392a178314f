package input

import (
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// walk is the state of one Bind: where it is and what has failed so far.
type walk struct {
	path   []byte
	errs   Errors
	result huma.ValidateResult
}

func (w *walk) release() {
	w.path, w.errs = w.path[:0], w.errs[:0]
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

func (w *walk) fail(raw any, message string) {
	w.errs = append(w.errs, FieldError{Message: message, Key: string(w.path), Value: echo(raw)})
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
		w.fail(raw, message)
	}
	return len(w.result.Errors) == 0
}
