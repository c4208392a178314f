package format

import (
	"net/netip"
	"strings"
)

// reader reads URIs (RFC 3986), or IRIs (RFC 3987), which have letters of all scripts.
type reader struct{ international bool }

// absolute reports whether text has a scheme.
func (r reader) absolute(text string) bool {
	rest, ok := cutScheme(text)
	return ok && r.afterScheme(rest)
}

// reference reports whether text is absolute, or relative to another URI.
func (r reader) reference(text string) bool {
	if r.absolute(text) {
		return true
	}
	first, _, _ := strings.Cut(text, "/")
	if first, _, _ = strings.Cut(first, "?"); strings.Contains(beforeHash(first), ":") {
		return false // what is before the colon would be a scheme
	}
	return r.afterScheme(text)
}

func beforeHash(text string) string {
	before, _, _ := strings.Cut(text, "#")
	return before
}

// cutScheme returns what follows the scheme and its colon.
func cutScheme(text string) (rest string, ok bool) {
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok || scheme == "" || !isLetter(scheme[0]) {
		return "", false
	}
	for i := range len(scheme) {
		if c := scheme[i]; !isLetter(c) && !isDigit(c) && strings.IndexByte("+-.", c) < 0 {
			return "", false
		}
	}
	return rest, true
}

func (r reader) afterScheme(text string) bool {
	text, fragment, _ := strings.Cut(text, "#")
	path, query, _ := strings.Cut(text, "?")
	if after, ok := strings.CutPrefix(path, "//"); ok {
		authority := after
		path = ""
		if i := strings.IndexByte(after, '/'); i >= 0 {
			authority, path = after[:i], after[i:]
		}
		if !r.authority(authority) {
			return false
		}
	}
	return r.chars(path, ":@/", false) && r.chars(query, ":@/?", true) && r.chars(fragment, ":@/?", false)
}

func (r reader) authority(text string) bool {
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		if !r.chars(text[:at], ":", false) {
			return false
		}
		text = text[at+1:]
	}
	if literal, ok := strings.CutPrefix(text, "["); ok {
		address, port, ok := strings.Cut(literal, "]")
		return ok && validIPLiteral(address) && (port == "" || port[0] == ':' && digits(port[1:]) == len(port)-1)
	}
	host, port, _ := strings.Cut(text, ":")
	return digits(port) == len(port) && r.chars(host, "", false)
}

// validIPLiteral reports whether text is an IPv6 address, or one of a later version.
func validIPLiteral(text string) bool {
	if text != "" && text[0]|0x20 == 'v' {
		version, address, ok := strings.Cut(text[1:], ".")
		for i := range len(version) {
			ok = ok && isHex(version[i])
		}
		return ok && version != "" && address != "" && reader{}.chars(address, ":", false) && !strings.Contains(address, "%")
	}
	addr, err := netip.ParseAddr(text)
	return err == nil && addr.Is6() && addr.Zone() == ""
}

// chars reports whether text has only unreserved characters, sub-delimiters, escapes,
// and those of more.
func (r reader) chars(text, more string, query bool) bool {
	for i, c := range text {
		switch {
		case c < 0x80 && (isLetter(byte(c)) || isDigit(byte(c))), c < 0x80 && strings.ContainsRune("-._~!$&'()*+,;=", c):
		case c == '%':
			if len(text) < i+3 || !isHex(text[i+1]) || !isHex(text[i+2]) {
				return false
			}
		case c < 0x80 && strings.ContainsRune(more, c):
		case r.international && (isUCS(c) || query && isPrivate(c)):
		default:
			return false
		}
	}
	return true
}

// isUCS reports whether an IRI may have c anywhere.
func isUCS(c rune) bool {
	switch {
	case c < 0xA0, 0xD800 <= c && c < 0xF900, 0xFDD0 <= c && c <= 0xFDEF, c == 0xFFFD:
		return false
	case 0xFFF0 <= c && c <= 0xFFFF, 0xE0000 <= c && c < 0xE1000:
		return false
	}
	return c < 0xF0000 && c&0xFFFE != 0xFFFE
}

// isPrivate reports whether the query of an IRI may have c.
func isPrivate(c rune) bool { return 0xE000 <= c && c < 0xF900 || c >= 0xF0000 && c&0xFFFE != 0xFFFE }
