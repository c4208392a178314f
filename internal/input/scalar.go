package input

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/keryx-go/keryx/internal/input/format"
	"github.com/keryx-go/keryx/internal/suggest"
)

// words checks text against the rules of a field. Nil has no rules.
type words struct {
	enum     []string
	length   span
	rules    *rules
	valid    func(string) bool // of the format; nil: any
	expected string            // of the format
	sizes    string            // the message for the length
}

// newWords returns an error for a format that there is not. It returns nil when there
// are no rules.
func newWords(r *rules) (*words, error) {
	if r == nil {
		return nil, nil
	}
	s := &words{enum: r.enum, length: r.length, rules: r, sizes: r.length.message("must have", "character")}
	if r.format == "" {
		return s, nil
	}
	f, ok := format.Find(r.format)
	if !ok {
		return nil, unknownFormat(r.format)
	}
	s.valid, s.expected = f.Valid, "must be "+f.Expected
	return s, nil
}

// check reports whether text keeps the rules. Its error contains raw, the value from
// the client.
func (s *words) check(w *walk, text string, raw any) bool {
	if s == nil {
		return true
	}
	switch {
	case s.enum != nil && !slices.Contains(s.enum, text):
		w.fail(raw, oneOf(s.enum))
	case s.sizes != "" && !s.length.has(utf8.RuneCountInString(text)):
		w.fail(raw, s.sizes)
	case s.valid != nil && !s.valid(text):
		w.fail(raw, s.expected)
	case s.rules.pattern != nil && !s.rules.pattern.MatchString(text):
		if s.rules.description != "" {
			w.fail(raw, "must be "+s.rules.description)
		} else {
			w.fail(raw, fmt.Sprintf("must match the pattern %s", s.rules.pattern))
		}
	default:
		return true
	}
	return false
}

// unknownFormat returns the error for a format that there is not.
func unknownFormat(name string) error {
	if instead := format.Instead(strings.ToLower(name)); instead != "" {
		return fmt.Errorf("unknown format %q; use %s", name, instead)
	}
	if near := suggest.Closest(name, format.Names()); len(near) > 0 {
		return fmt.Errorf("unknown format %q; did you mean %q?", name, near[0])
	}
	return fmt.Errorf("unknown format %q; the formats are %s", name, strings.Join(format.Names(), ", "))
}

// wordsPart is the part for strings.
func wordsPart(r *rules) (part, error) {
	s, err := newWords(r)
	bind := func(w *walk, raw any, dst reflect.Value) {
		if v, ok := w.text(raw); ok {
			dst.SetString(v)
			s.check(w, v, raw)
		}
	}
	return part{bind: bind, typ: "string", format: r.formatName(), rules: textRules, plain: true, schema: describeText(r)}, err
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
	w.fail(raw, "must be true or false")
}
