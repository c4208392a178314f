package input

import (
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

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
		if s == "on" { // the value of a checkbox in a browser
			s = "true"
		}
		if b, err := strconv.ParseBool(s); err == nil {
			dst.SetBool(b)
			return
		}
	}
	w.fail(raw, validation.MsgExpectedBoolean)
}
