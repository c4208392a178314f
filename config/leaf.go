package config

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/keryx-go/keryx/internal/redact"
)

// leaf is a setting as the tags of its field describe it.
type leaf struct {
	path     string
	index    []int
	typ      reflect.Type
	variable string
	required bool
	secret   bool
	derived  bool // the default is set by Derive

	doc, example, empty string

	parser parser
	form   form
	limits limits

	// byDefaultText and byDefaultValue are the fixed default in the environment, if
	// there is one. defaults describes the default in all environments, for
	// documentation.
	byDefaultText  string
	byDefaultValue reflect.Value
	defaults       string
}

// newLeaf reads the tags. On an error, only the path of the leaf is certain.
func newLeaf(f settingField, environment string) (*leaf, error) {
	name, options, _ := strings.Cut(f.tag.Get("env"), ",")
	l := &leaf{
		path: f.path, index: f.index, typ: f.typ, variable: f.prefix + name, secret: f.tag.Get("secret") == "true",
		doc: f.tag.Get("doc"), example: f.tag.Get("example"), empty: f.tag.Get("empty"),
		parser: parser{cmp.Or(f.tag.Get("envSeparator"), ","), f.tag.Get("unit")}, form: newForm(f.tag),
	}
	_, l.derived = f.tag.Lookup("envDefaultFrom")
	l.defaults = defaultsInWords(l, f.tag)
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "":
		case "required", "notEmpty":
			l.required = true
		default:
			return l, fmt.Errorf("env option %q is not supported; expected required or none", option)
		}
	}
	if err := cmp.Or(checkTags(f.tag), l.check()); err != nil {
		return l, err
	}
	if err := l.setRules(f.tag); err != nil {
		return l, err
	}
	return l, l.setDefault(f.tag, environment)
}

// check returns an error for tags that are invalid for every value.
func (l *leaf) check() error {
	if !readable(l.typ) {
		return fmt.Errorf("a %s cannot be read from a variable; expected a text, number, boolean, duration, "+
			"a slice or map of these, or an encoding.TextUnmarshaler", l.typ)
	}
	if l.parser.unit != "" && units[l.parser.unit].size == 0 {
		return fmt.Errorf("unit %q is unknown; expected ns, us, ms, s, m or h", l.parser.unit)
	}
	if l.form.format != "" && checkerOf(l.form.format) == nil {
		return fmt.Errorf("format %q is unknown; expected url, http-url, host, route, origins, networks, header-name or header-value", l.form.format)
	}
	return nil
}

// setRules reads the pattern, the minimum, the maximum and the minLength.
func (l *leaf) setRules(tag reflect.StructTag) error {
	if pattern := tag.Get("pattern"); pattern != "" {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return fmt.Errorf("pattern: %w", err)
		}
		l.form.pattern = compiled
	}
	if text, ok := tag.Lookup("minLength"); ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || l.typ.Kind() != reflect.String {
			return fmt.Errorf("minLength %q: it is the least number of characters of a text, from 1", text)
		}
		l.limits.minLength = n
	}
	l.limits.minimumText, l.limits.maximumText = tag.Get("minimum"), tag.Get("maximum")
	var err error
	if l.limits.minimum, err = l.limit("minimum", l.limits.minimumText); err != nil {
		return err
	}
	l.limits.maximum, err = l.limit("maximum", l.limits.maximumText)
	return err
}

// limit parses one limit. It is invalid when the text is empty.
func (l *leaf) limit(name, text string) (reflect.Value, error) {
	if text == "" {
		return reflect.Value{}, nil
	}
	if !ordered(l.typ) {
		return reflect.Value{}, fmt.Errorf("%s is for numbers and durations, not for a %s", name, l.typ)
	}
	value, m := l.parse(text)
	if m != nil {
		return reflect.Value{}, fmt.Errorf("%s %q: %w", name, text, m)
	}
	return value, nil
}

func (l *leaf) setDefault(tag reflect.StructTag, environment string) error {
	text, ok := tag.Lookup("envDefault." + environment)
	if !ok {
		text, ok = tag.Lookup("envDefault")
	}
	if !ok {
		return nil
	}
	l.byDefaultText = text
	value, m := l.read(text)
	if m != nil {
		return fmt.Errorf("envDefault %s: %w", quote(l.mask(text)), m)
	}
	l.byDefaultValue = value
	return nil
}

// base returns the type of the value, without a pointer.
func (l *leaf) base() reflect.Type {
	if l.typ.Kind() == reflect.Pointer {
		return l.typ.Elem()
	}
	return l.typ
}

// read parses a text and checks the value.
func (l *leaf) read(text string) (reflect.Value, *mistake) {
	if l.trims() {
		text = strings.TrimSpace(text)
	}
	if text == "" {
		return reflect.Zero(l.typ), nil
	}
	text, m := l.form.check(text, isList(l.typ), l.parser.separator)
	if m != nil {
		m.expected = cmp.Or(m.expected, expected(l))
		return reflect.Value{}, m
	}
	value, m := l.parse(text)
	if m != nil {
		return reflect.Value{}, m
	}
	return value, l.limits.check(value)
}

// trims reports whether surrounding space is not part of the value. It is part of a
// text without further tags, because that may be a password.
func (l *leaf) trims() bool {
	return l.typ.Kind() != reflect.String || !l.form.isFree()
}

// parse parses a text.
func (l *leaf) parse(text string) (reflect.Value, *mistake) {
	value := reflect.New(l.typ).Elem()
	if err := l.parser.parseInto(value, text); err != nil {
		return reflect.Value{}, l.misread(err)
	}
	return value, nil
}

// misread returns the error of a parser in words for people, without the value that the
// parser quotes.
func (l *leaf) misread(err error) *mistake {
	t, list := l.base(), ""
	if isList(t) && t.Kind() == reflect.Slice {
		list, t = "has an element that is ", t.Elem()
	}
	switch {
	case errors.Is(err, errNoLevel):
		return l.mistaken(list + err.Error())
	case errors.Is(err, strconv.ErrRange):
		if limits := l.limits.String(); limits != "" {
			return &mistake{"out of range", "expected " + limits}
		}
		return l.mistaken("out of range")
	case !l.secret && list == "" && isUnmarshaler(t) && !strings.Contains(err.Error(), "://"):
		return l.mistaken(strings.Join(strings.Fields(err.Error()), " "))
	}
	return l.mistaken(list + "not " + kindInWords(t))
}

func (l *leaf) mistaken(reason string) *mistake { return &mistake{reason, expected(l)} }

// mask returns the text of a value with its secrets masked.
func (l *leaf) mask(text string) string {
	switch {
	case text == "":
		return ""
	case l.secret:
		return maskedSecret
	case strings.HasSuffix(l.form.format, "url") || l.typ == urlType || l.typ == reflect.PointerTo(urlType):
		return redact.URL(text)
	}
	return redact.Text(text)
}

// maskedSecret replaces the value of a secret setting.
const maskedSecret = "[[secret]]"

// allows reports whether a zero or negative field may stay as it is.
func (l *leaf) allows(field reflect.Value) bool {
	zero := reflect.Zero(l.typ)
	switch {
	case ordered(l.typ):
		return !l.limits.minimum.IsValid() || compare(l.limits.minimum, zero) <= 0 || compare(field, zero) > 0
	case l.typ.Kind() == reflect.String || isList(l.typ):
		return l.empty != "" || !field.IsZero()
	}
	return true
}
