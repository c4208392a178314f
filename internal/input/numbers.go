package input

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// numbers checks numbers against the rules of a field and the range of its type.
type numbers struct {
	low, high *limit // nil: none
	multiple  *decimal
	enum      []decimal
	// The messages of what may be wrong, after the name of the field. That of unfit is
	// for numbers that the type cannot hold.
	unfit, outside, fraction, unlisted string
}

// newNumbers returns an error for rules that no number of the type keeps, or that every
// one does. The range of an integer type is from low to high; fractions have none.
func newNumbers(r *rules, low, high string) (*numbers, error) {
	n := &numbers{}
	if r != nil {
		n.low, n.high, n.multiple = r.low, r.high, r.multiple
	}
	n.outside = between(n.low, n.high)
	if err := n.within(low, high); err != nil {
		return nil, err
	}
	if err := n.possible(low != ""); err != nil {
		return nil, err
	}
	if n.unfit = between(n.low, n.high); n.outside == "" || len(high) < 19 {
		n.outside = n.unfit // the limits of 64 bits are not what people think of
	}
	if n.multiple != nil {
		n.fraction = "must be a multiple of " + n.multiple.String()
	}
	if r == nil || r.enum == nil {
		return n, nil
	}
	for _, text := range r.enum {
		d, err := readNumber("enum", text)
		if err != nil {
			return nil, err
		}
		if slices.Contains(n.enum, d) {
			return nil, fmt.Errorf("the enum tag has %s twice", d)
		}
		n.enum = append(n.enum, d)
	}
	n.unlisted = oneOf(r.enum)
	return n, nil
}

// within narrows the limits to the range of the type.
func (n *numbers) within(low, high string) error {
	if low == "" {
		return nil
	}
	least, _ := parseDecimal(low)
	most, _ := parseDecimal(high)
	for _, rule := range []*limit{n.low, n.high} {
		if rule != nil && (rule.compare(least) < 0 || rule.compare(most) > 0) {
			return fmt.Errorf("the limit %s is outside of the type, whose numbers are from %s to %s", rule, low, high)
		}
	}
	if n.low == nil {
		n.low = &limit{decimal: least}
	}
	if n.high == nil {
		n.high = &limit{decimal: most}
	}
	return nil
}

// possible returns an error when no number keeps all rules.
func (n *numbers) possible(whole bool) error {
	if n.low == nil || n.high == nil || n.multiple == nil && !whole {
		return nil
	}
	step := big.NewRat(1, 1)
	if n.multiple != nil {
		step, _ = step.SetString(n.multiple.String())
		if whole && !step.IsInt() {
			step.SetInt(step.Num()) // the least whole multiple
		}
	}
	low, _ := new(big.Rat).SetString(n.low.String())
	high, _ := new(big.Rat).SetString(n.high.String())
	times := new(big.Rat).Quo(low, step)
	up := new(big.Int).Neg(new(big.Int).Div(new(big.Int).Neg(times.Num()), times.Denom())) // rounded up
	if n.low.exclusive && times.IsInt() {
		up.Add(up, big.NewInt(1))
	}
	first := new(big.Rat).Mul(new(big.Rat).SetInt(up), step)
	if c := first.Cmp(high); c > 0 || c == 0 && n.high.exclusive {
		return fmt.Errorf("no number that the type and multipleOf allow is between %s and %s", n.low, n.high)
	}
	return nil
}

// check reports whether d keeps the rules. Its error contains raw, the value from the
// client.
func (n *numbers) check(w *walk, d decimal, raw any) bool {
	switch {
	case n.enum != nil && !slices.Contains(n.enum, d):
		w.fail(raw, n.unlisted)
	case n.low != nil && n.low.compare(d) > 0, n.low != nil && n.low.exclusive && n.low.decimal == d,
		n.high != nil && n.high.compare(d) < 0, n.high != nil && n.high.exclusive && n.high.decimal == d:
		w.fail(raw, n.outside)
	case n.multiple != nil && !d.multipleOf(*n.multiple):
		w.fail(raw, n.fraction)
	default:
		return true
	}
	return false
}

// between says what a number between the limits is.
func between(low, high *limit) string {
	var words []string
	switch {
	case low == nil && high == nil:
		return ""
	case low != nil && high != nil && !low.exclusive && !high.exclusive:
		return "must be between " + low.String() + " and " + high.String()
	}
	if low != nil && low.exclusive {
		words = append(words, "greater than "+low.String())
	} else if low != nil {
		words = append(words, "at least "+low.String())
	}
	if high != nil && high.exclusive {
		words = append(words, "less than "+high.String())
	} else if high != nil {
		words = append(words, "at most "+high.String())
	}
	return "must be " + strings.Join(words, " and ")
}

// oneOf says which values an enum has.
func oneOf(values []string) string {
	if last := len(values) - 1; last > 0 {
		return "must be " + strings.Join(values[:last], ", ") + " or " + values[last]
	}
	return "must be " + values[0]
}
