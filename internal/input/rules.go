package input

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rules are those of a field's tags. The part that a rule applies to reads it. Nil has
// no rules.
type rules struct {
	enum []string

	format      string
	pattern     *regexp.Regexp
	description string // of the pattern
	length      span

	low, high *limit
	multiple  *decimal

	items  span
	unique bool

	members span // of a map
}

// ofElements returns the rules of a list that apply to its elements.
func (r *rules) ofElements() *rules {
	if r == nil {
		return nil
	}
	elements := *r
	elements.items, elements.unique, elements.members = span{}, false, span{}
	return &elements
}

// formatName returns the format, or "".
func (r *rules) formatName() string {
	if r == nil {
		return ""
	}
	return r.format
}

// readRules returns the rules of the tags, or nil if there are none.
func readRules(tag reflect.StructTag) (*rules, error) {
	if !slices.ContainsFunc(ruleTags, func(key string) bool { _, ok := tag.Lookup(key); return ok }) {
		return nil, nil
	}
	r := &rules{format: tag.Get("format"), description: tag.Get("patternDescription")}
	var err error
	if text, ok := tag.Lookup("enum"); ok {
		if r.enum, err = readEnum(text); err != nil {
			return nil, err
		}
	}
	if _, ok := tag.Lookup("format"); ok && r.format == "" {
		return nil, errors.New("the format tag is empty")
	}
	if err := r.readPattern(tag); err != nil {
		return nil, err
	}
	for of, to := range map[string]*span{"Length": &r.length, "Items": &r.items, "Properties": &r.members} {
		if *to, err = readSpan(tag, of); err != nil {
			return nil, err
		}
	}
	if err := flag(tag, "uniqueItems", &r.unique); err != nil {
		return nil, err
	}
	return r, r.readNumbers(tag)
}

func readEnum(text string) ([]string, error) {
	values := strings.Split(text, ",")
	for i, v := range values {
		switch {
		case v == "":
			return nil, fmt.Errorf("the enum tag %q has an empty value; for a value that may be missing, make the field optional", text)
		case strings.TrimSpace(v) != v:
			return nil, fmt.Errorf("the enum tag has spaces around %q; write %q", v, strings.TrimSpace(v))
		case slices.Contains(values[:i], v):
			return nil, fmt.Errorf("the enum tag has %q twice", v)
		}
	}
	return values, nil
}

func (r *rules) readPattern(tag reflect.StructTag) (err error) {
	text, ok := tag.Lookup("pattern")
	switch {
	case !ok && r.description != "":
		return errors.New("the tag patternDescription has no effect without a pattern")
	case !ok:
		return nil
	case text == "":
		return errors.New("the pattern tag is empty")
	}
	if r.pattern, err = regexp.Compile(text); err != nil {
		return fmt.Errorf("the pattern tag: %w", err)
	}
	return nil
}

// readSpan reads the tags minLength and maxLength, or others of that kind.
func readSpan(tag reflect.StructTag, of string) (s span, err error) {
	for key, to := range map[string]**int{"min" + of: &s.min, "max" + of: &s.max} {
		text, ok := tag.Lookup(key)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return s, fmt.Errorf("the %s tag is a number from 0, not %q", key, text)
		}
		*to = new(int(n))
	}
	if s.min != nil && s.max != nil && *s.min > *s.max {
		return s, fmt.Errorf("min%s %d is greater than max%s %d", of, *s.min, of, *s.max)
	}
	return s, nil
}

func (r *rules) readNumbers(tag reflect.StructTag) (err error) {
	if r.low, err = readLimit(tag, "minimum", "exclusiveMinimum"); err != nil {
		return err
	}
	if r.high, err = readLimit(tag, "maximum", "exclusiveMaximum"); err != nil {
		return err
	}
	if r.low != nil && r.high != nil {
		switch c := r.low.compare(r.high.decimal); {
		case c > 0:
			return fmt.Errorf("the minimum %s is greater than the maximum %s", r.low, r.high)
		case c == 0 && (r.low.exclusive || r.high.exclusive):
			return fmt.Errorf("no number is between %s and %s, exclusive", r.low, r.high)
		}
	}
	text, ok := tag.Lookup("multipleOf")
	if !ok {
		return nil
	}
	d, err := readNumber("multipleOf", text)
	switch {
	case err != nil:
		return err
	case d.sign() <= 0:
		return errors.New("multipleOf must be above zero")
	case len(d.digits) > maxMultiple:
		return fmt.Errorf("multipleOf has at most %d digits", maxMultiple)
	}
	r.multiple = &d
	return nil
}

func readLimit(tag reflect.StructTag, key, exclusive string) (*limit, error) {
	text, ok := tag.Lookup(key)
	open, isOpen := tag.Lookup(exclusive)
	switch {
	case ok && isOpen:
		return nil, fmt.Errorf("the tags %s and %s exclude each other", key, exclusive)
	case isOpen:
		key, text = exclusive, open
	case !ok:
		return nil, nil
	}
	d, err := readNumber(key, text)
	return &limit{d, isOpen}, err
}

// readNumber reads a number of a tag. It is one of JSON, of a size that a float64 can
// have.
func readNumber(key, text string) (decimal, error) {
	d, ok := parseDecimal(text)
	if f, err := strconv.ParseFloat(text, 64); !ok || err != nil || !json.Valid([]byte(text)) || f == 0 && d.digits != "" {
		return d, fmt.Errorf("the %s tag is a number such as 5 or 0.5, not %q", key, text)
	}
	return d, nil
}
