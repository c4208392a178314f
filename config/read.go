package config

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// read makes a value of a text and checks it.
func (l *leaf) read(text string) (reflect.Value, *mistake) {
	if l.trims() {
		text = strings.TrimSpace(text)
	}
	if text == "" {
		return reflect.Zero(l.typ), nil
	}
	text, m := l.checkText(text)
	if m != nil {
		return reflect.Value{}, m
	}
	value, m := l.parse(text)
	if m != nil {
		return reflect.Value{}, m
	}
	return value, l.checkLimits(value)
}

// trims reports whether space around a value is not part of it. It is part of a
// text without further tags, which may be a password.
func (l *leaf) trims() bool {
	return l.typ.Kind() != reflect.String || l.format != "" || l.enum != nil || l.pattern != nil
}

// parse makes a value of a text.
func (l *leaf) parse(text string) (reflect.Value, *mistake) {
	value := reflect.New(l.typ).Elem()
	if err := l.parseInto(value, text); err != nil {
		return reflect.Value{}, l.misread(err)
	}
	return value, nil
}

// misread words the error of a parser, which quotes the value, for people.
func (l *leaf) misread(err error) *mistake {
	t, list := l.base(), ""
	if isList(t) && t.Kind() == reflect.Slice {
		list, t = "has an element that is ", t.Elem()
	}
	switch {
	case errors.Is(err, errNoLevel):
		return l.mistaken(list + err.Error())
	case errors.Is(err, strconv.ErrRange):
		return &mistake{"out of range", l.expectedRange()}
	case !l.secret && list == "" && isUnmarshaler(t) && !strings.Contains(err.Error(), "://"):
		return l.mistaken(strings.Join(strings.Fields(err.Error()), " "))
	}
	return l.mistaken(list + "not " + kindInWords(t))
}
