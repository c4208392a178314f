package input

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

const msgRange = "expected a number that fits in "

func bindInt(bits int, s *huma.Schema) binder {
	tooLarge := msgRange + strconv.Itoa(bits) + " bits"
	return func(w *walk, raw any, dst reflect.Value) {
		digits, ok := w.digits(raw, validation.MsgExpectedInteger)
		if !ok {
			return
		}
		n, err := strconv.ParseInt(digits, 10, bits)
		if err != nil {
			whole, ok := wholeNumber(digits)
			switch {
			case !ok:
				w.fail(raw, validation.MsgExpectedInteger)
				return
			case !whole.IsInt64() || bits < 64 && whole.Int64()>>(bits-1) != 0 && whole.Int64()>>(bits-1) != -1:
				w.fail(raw, tooLarge)
				return
			}
			n = whole.Int64()
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
			whole, ok := wholeNumber(digits)
			switch {
			case !ok:
				w.fail(raw, validation.MsgExpectedInteger)
				return
			case whole.Sign() < 0 || whole.BitLen() > bits:
				w.fail(raw, tooLarge)
				return
			}
			n = whole.Uint64()
		}
		dst.SetUint(n)
		if s != nil {
			w.check(s, float64(n), raw)
		}
	}
}

func bindFloat(bits int, s *huma.Schema) binder {
	s, multiple := splitMultipleOf(s)
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
			w.checkMultiple(multiple, digits, raw)
		}
	}
}

// bindNumber keeps a number as it was written.
func bindNumber(s *huma.Schema) binder {
	s, multiple := splitMultipleOf(s)
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
			w.checkMultiple(multiple, digits, raw)
		}
	}
}

// splitMultipleOf takes multipleOf out of the rules for a fraction: huma takes
// a remainder in binary, where 0.07 is no multiple of 0.01.
func splitMultipleOf(s *huma.Schema) (rest *huma.Schema, of float64) {
	if s == nil || s.MultipleOf == nil {
		return s, 0
	}
	without := *s
	without.MultipleOf = nil
	return &without, *s.MultipleOf
}

func (w *walk) checkMultiple(of float64, digits string, raw any) {
	if of == 0 {
		return
	}
	f, _ := strconv.ParseFloat(digits, 64) // it has been parsed before, if only to 32 bits
	times := f / of
	if off := math.Abs(times - math.Round(times)); off > 1e-12*max(1, math.Abs(times)) {
		w.fail(raw, fmt.Sprintf(validation.MsgExpectedNumberBeMultipleOf, of))
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

// wholeNumber reads the other ways to write a whole number: 5.0, 1e3. One that no
// type could hold is cut down to one that is still too large.
func wholeNumber(digits string) (*big.Int, bool) {
	if strings.ContainsAny(digits, "nNxXpP_") { // what ParseFloat reads besides decimal numbers
		return nil, false
	}
	f, err := strconv.ParseFloat(digits, 64)
	switch {
	case err != nil && !math.IsInf(f, 0):
		return nil, false
	case math.Abs(f) >= math.Ldexp(1, 65): // not worth its digits, of which there may be many
		large := new(big.Int).Lsh(big.NewInt(1), 65)
		if f < 0 {
			large.Neg(large)
		}
		return large, true
	case f == 0: // or next to it, with an exponent of any size
		mantissa, _, _ := strings.Cut(strings.ToLower(digits), "e")
		return new(big.Int), !strings.ContainsAny(mantissa, "123456789")
	}
	exact, ok := new(big.Rat).SetString(digits)
	if !ok {
		return nil, false
	}
	return exact.Num(), exact.IsInt()
}
