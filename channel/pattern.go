package channel

import (
	"errors"
	"fmt"
	"strings"
)

// segment is what a channel's name has between two colons: a placeholder with
// text around it, or text alone.
type segment struct {
	prefix, param, suffix string // of text alone, prefix is all of it
}

// open reports whether the segment has a placeholder.
func (s segment) open() bool { return s.param != "" }

// parse reads the name of a definition.
func parse(name string) ([]segment, error) {
	if name == "" {
		return nil, errors.New("the name is missing")
	}
	var segments []segment
	seen := map[string]bool{}
	for part := range strings.SplitSeq(name, ":") {
		s, err := parseSegment(part)
		if err != nil {
			return nil, err
		}
		if s.open() && seen[s.param] {
			return nil, fmt.Errorf("the placeholder {%s} is there twice", s.param)
		}
		seen[s.param] = true
		if text := s.prefix + s.suffix; text != "" && !valid(text) {
			return nil, errors.New(`a name has letters, digits and any of ":._-", at most 200 in all`)
		}
		segments = append(segments, s)
	}
	if len(name) > maxName {
		return nil, fmt.Errorf("the name has more than %d characters", maxName)
	}
	return segments, nil
}

func parseSegment(part string) (segment, error) {
	prefix, rest, opened := strings.Cut(part, "{")
	if !opened {
		return segment{prefix: part}, nil
	}
	param, suffix, closed := strings.Cut(rest, "}")
	switch {
	case !closed || param == "":
		return segment{}, errors.New("a placeholder is written {name}")
	case strings.ContainsAny(suffix, "{}"):
		return segment{}, errors.New("there is more than one placeholder between two colons")
	}
	return segment{prefix, param, suffix}, nil
}

// match returns what the placeholders stand for, or nil when the parts of a
// name do not fit. It is for segments of which some are open.
func match(segments []segment, parts []string) map[string]string {
	var params map[string]string
	for i, s := range segments {
		if !s.fits(parts[i]) {
			return nil
		}
		if s.open() {
			if params == nil {
				params = map[string]string{}
			}
			params[s.param] = parts[i][len(s.prefix) : len(parts[i])-len(s.suffix)]
		}
	}
	return params
}

func (s segment) fits(part string) bool {
	if !s.open() {
		return part == s.prefix
	}
	return len(part) > len(s.prefix)+len(s.suffix) &&
		strings.HasPrefix(part, s.prefix) && strings.HasSuffix(part, s.suffix)
}

// overlap reports whether some name fits both, which have equally many segments.
func overlap(a, b []segment) bool {
	for i := range a {
		if !a[i].overlaps(b[i]) {
			return false
		}
	}
	return true
}

func (s segment) overlaps(other segment) bool {
	switch {
	case !s.open():
		return other.fits(s.prefix)
	case !other.open():
		return s.fits(other.prefix)
	}
	// Between two that agree at both ends there is always room for a name.
	return (strings.HasPrefix(s.prefix, other.prefix) || strings.HasPrefix(other.prefix, s.prefix)) &&
		(strings.HasSuffix(s.suffix, other.suffix) || strings.HasSuffix(other.suffix, s.suffix))
}
