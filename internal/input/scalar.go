package input

import (
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

const (
	msgSingle = "expected a single value"
	msgUTF8   = "expected valid UTF-8"
	msgNUL    = "expected text without NUL bytes"
)

// single returns the one value of a text, or reports that there are several.
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

func bindString(s *huma.Schema) binder {
	return func(w *walk, raw any, dst reflect.Value) {
		if v, ok := w.text(raw); ok {
			dst.SetString(v)
			if s != nil {
				w.check(s, v, raw)
			}
		}
	}
}

func bindBool(w *walk, raw any, dst reflect.Value) {
	switch v := raw.(type) {
	case bool:
		dst.SetBool(v)
		return
	case Text:
		s, ok := w.single(v)
		if !ok {
			return
		}
		if s == "on" { // what a browser sends for a ticked box
			s = "true"
		}
		if b, err := strconv.ParseBool(s); err == nil {
			dst.SetBool(b)
			return
		}
	}
	w.fail(raw, validation.MsgExpectedBoolean)
}
