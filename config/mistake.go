package config

import (
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxQuoted is the number of characters of a value that an error shows.
const maxQuoted = 80

// mistake is the error of a value. It never quotes the value, because that may be a
// secret.
type mistake struct {
	reason, expected string
}

func (m *mistake) Error() string {
	if "not "+strings.TrimPrefix(m.expected, "expected ") == m.reason {
		return m.reason
	}
	return m.reason + "; " + m.expected
}

func kindInWords(t reflect.Type) string {
	switch {
	case t == durationType:
		return "a duration"
	case t == urlType:
		return "a URL"
	case isUnmarshaler(t):
		return "a " + t.String()
	case isWhole(t):
		return "a whole number"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "a boolean"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.String:
		return "a text"
	case reflect.Slice:
		return "a list, each element " + kindInWords(t.Elem())
	case reflect.Map:
		return "a list of key:value pairs, " + t.Key().String() + ":" + t.Elem().String()
	}
	return "a " + t.String()
}

// expected describes the valid values.
func expected(l *leaf) string {
	switch {
	case l.typ == levelType:
		return "expected trace, debug, info, warn, error or fatal"
	case l.form.enum != nil:
		return "expected " + orList(l.form.enum)
	case l.form.patternInWords != "":
		return "expected " + l.form.patternInWords
	case l.base().Kind() == reflect.Bool:
		return "expected true or false"
	}
	example := l.example
	if example == "" && !l.secret {
		example = l.byDefaultText
	}
	if l.base() == durationType {
		return "expected e.g. " + durationExample(example, l.parser.unit)
	}
	if example == "" && isWhole(l.base()) {
		example = "10"
	}
	if example == "" {
		return "expected " + kindInWords(l.base())
	}
	return "expected e.g. " + l.mask(example)
}

func durationExample(example, unit string) string {
	d, ok := parseDuration(example, unit)
	if !ok || d <= 0 {
		d, _ = parseDuration("30s", "")
	}
	size := units[unit].size
	if size == 0 || d%size != 0 {
		return formatDuration(d)
	}
	return strconv.FormatInt(int64(d/size), 10) + " (" + units[unit].words + ") or " + formatDuration(d)
}

func orList(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// quote returns a value as a quoted line, cut when it is long.
func quote(text string) string {
	if utf8.RuneCountInString(text) > maxQuoted {
		text = string([]rune(text)[:maxQuoted]) + "…"
	}
	return strconv.Quote(text)
}
