package config

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// leaf is the tags of a field.
type leaf struct {
	path      string
	index     []int
	typ       reflect.Type
	separator string
	variable  string
	required  bool
	secret    bool
	derived   bool // the default is set by Derive

	doc, unit, format, example, empty string
	enum                              []string
	pattern                           *regexp.Regexp
	patternInWords                    string
	minimum, maximum                  reflect.Value
	minimumText, maximumText          string

	// byDefaultText and byDefaultValue are the default in the environment, if
	// there is a fixed one; defaults is all that documentation can say of it.
	byDefaultText  string
	byDefaultValue reflect.Value
	defaults       string
}

// newLeaf reads the tags. With an error, the leaf has a path and little else.
func newLeaf(f settingField, environment string) (*leaf, error) {
	name, options, _ := strings.Cut(f.tag.Get("env"), ",")
	l := &leaf{
		path: f.path, index: f.index, typ: f.typ, separator: f.tag.Get("envSeparator"), variable: f.prefix + name,
		secret: f.tag.Get("secret") == "true", doc: f.tag.Get("doc"), unit: f.tag.Get("unit"), format: f.tag.Get("format"),
		example: f.tag.Get("example"), empty: f.tag.Get("empty"), patternInWords: f.tag.Get("patternDescription"),
	}
	_, l.derived = f.tag.Lookup("envDefaultFrom")
	l.defaults = l.defaultsInWords(f.tag)
	if l.separator == "" {
		l.separator = ","
	}
	if enum := f.tag.Get("enum"); enum != "" {
		l.enum = strings.Split(enum, ",")
	}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "":
		case "required", "notEmpty":
			l.required = true
		default:
			return l, fmt.Errorf("env option %q is not supported; expected required or none", option)
		}
	}
	if err := l.check(); err != nil {
		return l, err
	}
	if err := l.limits(f.tag); err != nil {
		return l, err
	}
	return l, l.setDefault(f.tag, environment)
}

// check returns an error for tags that no value can satisfy.
func (l *leaf) check() error {
	if !readable(l.typ) {
		return fmt.Errorf("a %s cannot be read from a variable; expected a text, number, boolean, duration, "+
			"a slice or map of these, or an encoding.TextUnmarshaler", l.typ)
	}
	if l.unit != "" && units[l.unit].size == 0 {
		return fmt.Errorf("unit %q is unknown; expected ns, us, ms, s, m or h", l.unit)
	}
	if l.format != "" && checkerOf(l.format) == nil {
		return fmt.Errorf("format %q is unknown; expected url, http-url, host, route, origins, networks, header-name or header-value", l.format)
	}
	return nil
}

// limits reads the pattern, the minimum and the maximum.
func (l *leaf) limits(tag reflect.StructTag) error {
	if pattern := tag.Get("pattern"); pattern != "" {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return fmt.Errorf("pattern: %w", err)
		}
		l.pattern = compiled
	}
	l.minimumText, l.maximumText = tag.Get("minimum"), tag.Get("maximum")
	var err error
	if l.minimum, err = l.limit("minimum", l.minimumText); err != nil {
		return err
	}
	l.maximum, err = l.limit("maximum", l.maximumText)
	return err
}

// limit reads one limit. There is none when the text is empty.
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

// base is the type of the value, behind a pointer if it is one.
func (l *leaf) base() reflect.Type {
	if l.typ.Kind() == reflect.Pointer {
		return l.typ.Elem()
	}
	return l.typ
}
