package input

import (
	"cmp"
	"math/bits"
	"strconv"
	"strings"
)

// decimal is an exact number, 0.digits × 10^point. Equal numbers are equal decimals.
type decimal struct {
	negative bool
	digits   string // without zeros at its ends; "" is zero
	point    int
}

// maxPoint bounds the exponents that are told apart.
const maxPoint = 1 << 30

// parseDecimal parses a number as JSON has it, and also "+1", "01", ".5" and "5.".
func parseDecimal(text string) (d decimal, ok bool) {
	if text == "" {
		return d, false
	}
	if text[0] == '-' || text[0] == '+' {
		d.negative, text = text[0] == '-', text[1:]
	}
	mantissa, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if exponent, ok = parseExponent(text[i+1:]); !ok {
			return decimal{}, false
		}
		mantissa = text[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if len(whole)+len(fraction) == 0 || !isDigits(whole) || !isDigits(fraction) {
		return decimal{}, false
	}
	all := strings.TrimLeft(whole+fraction, "0")
	d.point = len(all) - len(fraction) + exponent
	if d.digits = strings.TrimRight(all, "0"); d.digits == "" {
		return decimal{}, true
	}
	return d, true
}

func parseExponent(text string) (int, bool) {
	digits := strings.TrimLeft(text, "+-")
	if digits == "" || len(text) > len(digits)+1 || !isDigits(digits) {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		n = maxPoint
	}
	if n = min(n, maxPoint); text[0] == '-' {
		n = -n
	}
	return n, true
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// compare returns -1, 0 or 1 as d is less than, equal to or greater than o.
func (d decimal) compare(o decimal) int {
	switch {
	case d == o:
		return 0
	case d.sign() != o.sign():
		return cmp.Compare(d.sign(), o.sign())
	}
	c := cmp.Compare(d.point, o.point)
	if c == 0 {
		c = cmp.Compare(d.digits, o.digits)
	}
	if d.negative {
		return -c
	}
	return c
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// maxDigits is greater than the number of digits of any integer type.
const maxDigits = 30

// integer returns a whole number in digits, for strconv. One that is too large for every
// type is shortened to one that is still too large.
func (d decimal) integer() (digits string, ok bool) {
	sign := ""
	if d.negative {
		sign = "-"
	}
	switch {
	case d.digits == "":
		return "0", true
	case d.point < len(d.digits):
		return "", false
	case d.point > maxDigits:
		return sign + strings.Repeat("9", maxDigits), true
	}
	return sign + d.digits + strings.Repeat("0", d.point-len(d.digits)), true
}

// String returns the number as JSON has it.
func (d decimal) String() string {
	if digits, ok := d.integer(); ok && d.point <= maxDigits {
		return digits
	}
	sign := ""
	if d.negative {
		sign = "-"
	}
	if 0 < d.point && d.point < len(d.digits) {
		return sign + d.digits[:d.point] + "." + d.digits[d.point:]
	}
	if -5 < d.point && d.point <= 0 {
		return sign + "0." + strings.Repeat("0", -d.point) + d.digits
	}
	mantissa := d.digits[:1]
	if len(d.digits) > 1 {
		mantissa += "." + d.digits[1:]
	}
	return sign + mantissa + "e" + strconv.Itoa(d.point-1)
}

// maxMultiple is the number of digits that a divisor of multipleOf may have.
const maxMultiple = 18

// multipleOf reports whether d is a whole multiple of o, which is not zero and has at
// most maxMultiple digits.
func (d decimal) multipleOf(o decimal) bool {
	if d.digits == "" {
		return true
	}
	shift := (d.point - len(d.digits)) - (o.point - len(o.digits)) // of d's last digit from o's
	if shift < 0 {
		return false // d has a digit after the last one of o
	}
	divisor, _ := strconv.ParseUint(o.digits, 10, 64)
	rest := uint64(0)
	for i := range len(d.digits) {
		rest = (rest*10 + uint64(d.digits[i]-'0')) % divisor
	}
	for power := 10 % divisor; shift > 0; shift >>= 1 {
		if shift&1 == 1 {
			rest = multiplyModulo(rest, power, divisor)
		}
		power = multiplyModulo(power, power, divisor)
	}
	return rest == 0
}

// multiplyModulo returns a × b modulo m. Both are less than m.
func multiplyModulo(a, b, m uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return bits.Rem64(high, low, m)
}
