package input

import (
	"encoding/json"
	"math"
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
	msgRange  = "expected a number that fits in "
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

func bindInt(bits int, s *huma.Schema) binder {
	tooLarge := msgRange + strconv.Itoa(bits) + " bits"
	return func(w *walk, raw any, dst reflect.Value) {
		digits, ok := w.digits(raw, validation.MsgExpectedInteger)
		if !ok {
			return
		}
		n, err := strconv.ParseInt(digits, 10, bits)
		if err != nil {
			f, ok := integral(digits)
			switch {
			case !ok:
				w.fail(raw, validation.MsgExpectedInteger)
				return
			case f < -math.Ldexp(1, bits-1) || f >= math.Ldexp(1, bits-1):
				w.fail(raw, tooLarge)
				return
			}
			n = int64(f)
		}
		dst.SetInt(n)
		if s != nil {
			w.check(s, float64(n), raw)
		}
	}
}

func bindUint(bits int, s *huma.Schema) binder {
	tooLarge := "expected a number from 0 that fits in " + strconv.Itoa(bits) + " bits"
	return func(w *walk, raw any, dst reflect.Value) {
		digits, ok := w.digits(raw, validation.MsgExpectedInteger)
		if !ok {
			return
		}
		n, err := strconv.ParseUint(digits, 10, bits)
		if err != nil {
			f, ok := integral(digits)
			switch {
			case !ok:
				w.fail(raw, validation.MsgExpectedInteger)
				return
			case f < 0 || f >= math.Ldexp(1, bits):
				w.fail(raw, tooLarge)
				return
			}
			n = uint64(f)
		}
		dst.SetUint(n)
		if s != nil {
			w.check(s, float64(n), raw)
		}
	}
}

func bindFloat(bits int, s *huma.Schema) binder {
	tooLarge := msgRange + strconv.Itoa(bits) + " bits"
	return func(w *walk, raw any, dst reflect.Value) {
		digits, ok := w.digits(raw, validation.MsgExpectedNumber)
		if !ok {
			return
		}
		f, err := strconv.ParseFloat(digits, bits)
		switch {
		case err != nil && math.IsInf(f, 0):
			w.fail(raw, tooLarge)
			return
		case err != nil || math.IsNaN(f) || math.IsInf(f, 0):
			w.fail(raw, validation.MsgExpectedNumber)
			return
		}
		dst.SetFloat(f)
		if s != nil {
			w.check(s, f, raw)
		}
	}
}

// bindNumber keeps a number as it was written.
func bindNumber(s *huma.Schema) binder {
	return func(w *walk, raw any, dst reflect.Value) {
		digits, ok := w.digits(raw, validation.MsgExpectedNumber)
		if !ok {
			return
		}
		f, err := strconv.ParseFloat(digits, 64)
		if err != nil || !json.Valid([]byte(digits)) {
			w.fail(raw, validation.MsgExpectedNumber)
			return
		}
		dst.SetString(digits)
		if s != nil {
			w.check(s, f, raw)
		}
	}
}

// digits returns a number as it was written, from text or from a JSON number.
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

// integral reads the other ways to write a whole number: 5.0, 1e3. A number
// too large for a float64 is whole but infinite.
func integral(digits string) (float64, bool) {
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, math.Trunc(f) == f && !strings.ContainsAny(digits, "nNxXpP_")
}
