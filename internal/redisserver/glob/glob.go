// Package glob matches keys and channels against the patterns of Redis.
package glob

// Match reports whether text matches pattern, byte by byte, with the rules of
// stringmatchlen in Redis' util.c: * is any text, ? any byte, [a-z] and [^a-z]
// classes, \ takes the next byte as it is. There is no wrong pattern: a class
// without end ends with the pattern, and a range may be given from either end.
//
// The time is O(len(pattern) * len(text)): after a mismatch only the last * is
// tried again.
func Match(pattern, text string) bool {
	p, t := 0, 0
	star, mark := -1, 0
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, t
			p++
			continue
		}
		if p < len(pattern) {
			if n, ok := one(pattern[p:], text[t]); ok {
				p, t = p+n, t+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		p, t = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// one reports whether the first element of pattern, which is no *, matches c,
// and returns the element's length.
func one(pattern string, c byte) (int, bool) {
	switch {
	case pattern[0] == '?':
		return 1, true
	case pattern[0] == '[':
		return class(pattern, c)
	case pattern[0] == '\\' && len(pattern) > 1:
		return 2, pattern[1] == c
	}
	return 1, pattern[0] == c
}

// class is [one] for a pattern that begins with a class.
func class(pattern string, c byte) (int, bool) {
	i := 1
	not := i < len(pattern) && pattern[i] == '^'
	if not {
		i++
	}
	match := false
	for ; ; i++ {
		switch {
		case i >= len(pattern):
			return len(pattern), match != not
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			match = match || pattern[i] == c
		case pattern[i] == ']':
			return i + 1, match != not
		case i+2 < len(pattern) && pattern[i+1] == '-':
			low, high := min(pattern[i], pattern[i+2]), max(pattern[i], pattern[i+2])
			match = match || low <= c && c <= high
			i += 2
		default:
			match = match || pattern[i] == c
		}
	}
}
