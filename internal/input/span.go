package input

import "strconv"

// span is a range of lengths. Nil has no limit.
type span struct{ min, max *int }

// has reports whether n is in the range.
func (s span) has(n int) bool {
	return (s.min == nil || n >= *s.min) && (s.max == nil || n <= *s.max)
}

// message says how many things there must be: "must have at least 2 items". It is ""
// for any number.
func (s span) message(verb, thing string) string {
	count := func(words string, n int) string {
		if n == 1 {
			return verb + " " + words + "1 " + thing
		}
		return verb + " " + words + strconv.Itoa(n) + " " + plural(thing)
	}
	switch {
	case s.min == nil && s.max == nil:
		return ""
	case s.max == nil:
		return count("at least ", *s.min)
	case s.min == nil || *s.min == 0:
		return count("at most ", *s.max)
	case *s.min == *s.max:
		return count("exactly ", *s.min)
	}
	return count("between "+strconv.Itoa(*s.min)+" and ", *s.max)
}

func plural(thing string) string {
	if thing == "entry" {
		return "entries"
	}
	return thing + "s"
}
