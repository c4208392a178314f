package input

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
)

const (
	msgInteger = "must be a whole number"
	msgNumber  = "must be a number"
	msgTooBig  = "is too large a number"
)

// integerPart is the part for a signed integer type.
func integerPart(t reflect.Type, r *rules) (part, error) {
	most := int64(1)<<(t.Bits()-1) - 1
	n, err := newNumbers(r, strconv.FormatInt(-most-1, 10), strconv.FormatInt(most, 10))
	if err != nil {
		return part{}, err
	}
	bits := t.Bits()
	bind := func(w *walk, raw any, dst reflect.Value) {
		d, digits, ok := w.integer(raw)
		if !ok {
			return
		}
		v, err := strconv.ParseInt(digits, 10, bits)
		if err != nil {
			w.fail(raw, n.unfit)
			return
		}
		dst.SetInt(v)
		n.check(w, d, raw)
	}
	return part{bind: bind, typ: "integer", rules: numberRules, schema: describeNumber(t.Kind(), r)}, nil
}

// unsignedPart is the part for an unsigned integer type.
func unsignedPart(t reflect.Type, r *rules) (part, error) {
	most := uint64(math.MaxUint64) >> (64 - t.Bits())
	n, err := newNumbers(r, "0", strconv.FormatUint(most, 10))
	if err != nil {
		return part{}, err
	}
	bits := t.Bits()
	bind := func(w *walk, raw any, dst reflect.Value) {
		d, digits, ok := w.integer(raw)
		if !ok {
			return
		}
		v, err := strconv.ParseUint(digits, 10, bits)
		if err != nil {
			w.fail(raw, n.unfit)
			return
		}
		dst.SetUint(v)
		n.check(w, d, raw)
	}
	return part{bind: bind, typ: "integer", rules: numberRules, schema: describeNumber(t.Kind(), r)}, nil
}

// fractionPart is the part for a floating-point type. The rules apply to the number as
// it was written, before it is rounded.
func fractionPart(t reflect.Type, r *rules) (part, error) {
	n, err := newNumbers(r, "", "")
	if err != nil {
		return part{}, err
	}
	bits := t.Bits()
	bind := func(w *walk, raw any, dst reflect.Value) {
		d, digits, ok := w.number(raw, msgNumber)
		if !ok {
			return
		}
		f, err := strconv.ParseFloat(digits, bits)
		if err != nil {
			w.fail(raw, msgTooBig)
			return
		}
		dst.SetFloat(f)
		n.check(w, d, raw)
	}
	return part{bind: bind, typ: "number", rules: numberRules, schema: describeNumber(t.Kind(), r)}, nil
}

// digitsPart is the part for json.Number, which keeps the digits of a number.
func digitsPart(r *rules) (part, error) {
	n, err := newNumbers(r, "", "")
	if err != nil {
		return part{}, err
	}
	bind := func(w *walk, raw any, dst reflect.Value) {
		d, digits, ok := w.number(raw, msgNumber)
		if !ok {
			return
		}
		if _, err := strconv.ParseFloat(digits, 64); err != nil {
			w.fail(raw, msgTooBig)
			return
		}
		if !json.Valid([]byte(digits)) { // such as +1, which only text has
			digits = d.String()
		}
		dst.SetString(digits)
		n.check(w, d, raw)
	}
	return part{bind: bind, typ: "number", rules: numberRules, schema: describeNumber(reflect.Float64, r)}, nil
}

// digitsOf returns the digits of a number: of text, of a JSON number, or of one from Go
// code.
func digitsOf(raw any) (string, bool) {
	switch v := raw.(type) {
	case Text:
		if len(v) == 1 {
			return strings.TrimSpace(v[0]), true
		}
		return "", false
	case json.Number:
		return string(v), true
	case float32:
		return floatDigits(float64(v), 32), true
	}
	switch v := reflect.ValueOf(raw); v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), true
	case reflect.Float32, reflect.Float64:
		return floatDigits(v.Float(), 64), true
	}
	return "", false
}

// floatDigits returns the shortest digits of a fraction, and all digits of a whole
// number, so that an integer gets no other one.
func floatDigits(f float64, bits int) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e21 {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}
