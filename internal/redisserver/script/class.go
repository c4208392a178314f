package script

// inSet reports whether c is in the set of a pattern from p to its ] at end.
func inSet(pat string, c byte, p, end int) bool {
	in := true
	p++
	if pat[p] == '^' {
		in = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case pat[p] == '%':
			p++
			if isClass(c, pat[p]) {
				return in
			}
		case p+2 < end && pat[p+1] == '-':
			if pat[p] <= c && c <= pat[p+2] {
				return in
			}
			p += 2
		case pat[p] == c:
			return in
		}
	}
	return !in
}

// isClass reports whether c is of the class that a letter names: %a, and %A for
// its opposite. Another byte stands for itself.
func isClass(c, class byte) bool {
	lower := class | 0x20
	is := false
	letter, digit := c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9'
	switch lower {
	case 'a':
		is = letter
	case 'd':
		is = digit
	case 'l':
		is = c >= 'a' && c <= 'z'
	case 's':
		is = c == ' ' || c >= '\t' && c <= '\r'
	case 'u':
		is = c >= 'A' && c <= 'Z'
	case 'w':
		is = letter || digit
	case 'x':
		is = digit || c|0x20 >= 'a' && c|0x20 <= 'f'
	case 'p':
		is = c > ' ' && c < 0x7f && !letter && !digit
	case 'c':
		is = c < ' ' || c == 0x7f
	case 'z':
		is = c == 0
	default:
		return class == c
	}
	if class < 'a' || class > 'z' {
		if class < 'A' || class > 'Z' {
			return class == c
		}
		return !is
	}
	return is
}
