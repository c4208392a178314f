package format

import "strings"

// validPointer reports whether text is a JSON pointer (RFC 6901).
func validPointer(text string) bool {
	if text != "" && text[0] != '/' {
		return false
	}
	for i := range len(text) {
		if text[i] == '~' && (i+1 == len(text) || text[i+1] != '0' && text[i+1] != '1') {
			return false
		}
	}
	return true
}

// validRelativePointer reports whether text is a relative JSON pointer: levels to go up,
// a step to another index, and a pointer or "#".
func validRelativePointer(text string) bool {
	n := digits(text)
	if n == 0 || n > 1 && text[0] == '0' {
		return false
	}
	rest := text[n:]
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		step := digits(rest[1:])
		if step == 0 || rest[1] == '0' {
			return false
		}
		rest = rest[1+step:]
	}
	return rest == "#" || validPointer(rest)
}

// validTemplate reports whether text is a template of a URI (RFC 6570).
func validTemplate(text string) bool {
	for text != "" {
		literal, rest, found := strings.Cut(text, "{")
		if !validTemplateText(literal) {
			return false
		}
		if !found {
			return true
		}
		expression, after, closed := strings.Cut(rest, "}")
		if !closed || !validExpression(expression) {
			return false
		}
		text = after
	}
	return true
}

// validTemplateText reports whether text may stand outside of braces.
func validTemplateText(text string) bool {
	for i, c := range text {
		switch {
		case c == '%':
			if len(text) < i+3 || !isHex(text[i+1]) || !isHex(text[i+2]) {
				return false
			}
		case c <= ' ', c == 0x7F, c < 0x80 && strings.ContainsRune("\"'<>\\^`{|}", c), c >= 0x80 && !isUCS(c) && !isPrivate(c):
			return false
		}
	}
	return true
}

// validExpression reports whether text is the inside of braces: an operator, and
// variables with a prefix length or a star.
func validExpression(text string) bool {
	if text != "" && strings.IndexByte("+#./;?&", text[0]) >= 0 {
		text = text[1:]
	}
	for variable := range strings.SplitSeq(text, ",") {
		name, star := strings.CutSuffix(variable, "*")
		name, length, cut := strings.Cut(name, ":")
		if cut && (star || len(length) > 4 || length == "" || length[0] == '0' || digits(length) != len(length)) || !validVariable(name) {
			return false
		}
	}
	return true
}

func validVariable(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if part == "" {
			return false
		}
		for i := 0; i < len(part); i++ {
			c := part[i]
			switch {
			case isLetter(c), isDigit(c), c == '_':
			case c == '%' && i+2 < len(part) && isHex(part[i+1]) && isHex(part[i+2]):
				i += 2
			default:
				return false
			}
		}
	}
	return true
}
