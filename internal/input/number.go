package input

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
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
			if !ok {
				w.fail(raw, validation.MsgExpectedInteger)
				return
			}
			if n, err = strconv.ParseInt(whole, 10, bits); err != nil {
				w.fail(raw, tooLarge)
				return
			}
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
			if !ok {
				w.fail(raw, validation.MsgExpectedInteger)
				return
			}
			if n, err = strconv.ParseUint(whole, 10, bits); err != nil {
				w.fail(raw, tooLarge)
				return
			}
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

// bindNumber keeps the digits of a number.
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

// splitMultipleOf removes multipleOf from the rules for a fraction, because huma
// computes a remainder in binary, where 0.07 is not a multiple of 0.01.
func splitMultipleOf(s *huma.Schema) (rest *huma.Schema, of float64) {
	if s == nil || s.MultipleOf == nil {
		return s, 0
	}
	without := *s
	without.MultipleOf = nil
	return &without, *s.MultipleOf
}

// maxDigits is greater than the number of digits of any integer type.
const maxDigits = 30

// wholeNumber returns a whole number in another notation, such as 5.0 or 1e3, as plain
// digits. It shortens a number that is too large for every type to one that is still
// too large.
func wholeNumber(text string) (digits string, ok bool) {
	if _, err := strconv.ParseFloat(text, 64); errors.Is(err, strconv.ErrSyntax) || strings.ContainsAny(text, "nNxXpP_") {
		return "", false
	}
	sign := ""
	switch text[0] {
	case '-':
		sign, text = "-", text[1:]
	case '+':
		text = text[1:]
	}
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	exponent, err := strconv.Atoi(cmp.Or(power, "0"))
	if err != nil { // it is out of range
		exponent = math.MaxInt32
		if power[0] == '-' {
			exponent = -exponent
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits = strings.TrimLeft(whole+fraction, "0")
	point := len(digits) - len(fraction) + exponent // the position of the decimal point
	digits = strings.TrimRight(digits, "0")
	switch {
	case digits == "":
		return "0", true
	case point < len(digits):
		return "", false
	case point > maxDigits:
		return sign + strings.Repeat("9", maxDigits), true
	}
	return sign + digits + strings.Repeat("0", point-len(digits)), true
}
