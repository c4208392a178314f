package format

import (
	"net/netip"
	"strings"
)

// validHostname reports whether text is the name of a host (RFC 1123).
func validHostname(text string) bool {
	if len(text) > 253 {
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; c != '-' && !isLetter(c) && !isDigit(c) {
				return false
			}
		}
	}
	return true
}

func validIPv4(text string) bool {
	addr, err := netip.ParseAddr(text)
	return err == nil && addr.Is4()
}

// validIPv6 reports whether text is an address of RFC 4291, without a zone.
func validIPv6(text string) bool {
	addr, err := netip.ParseAddr(text)
	return err == nil && addr.Is6() && addr.Zone() == ""
}

// validEmail reports whether text is a Mailbox of RFC 5321: an address without a name
// of a person and without comments.
func validEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	if at < 0 || at > 64 || len(text) > 254 {
		return false
	}
	local, domain := text[:at], text[at+1:]
	if literal, ok := strings.CutPrefix(domain, "["); ok {
		return validLocal(local) && validLiteral(literal)
	}
	return validLocal(local) && validHostname(domain)
}

func validLiteral(text string) bool {
	text, ok := strings.CutSuffix(text, "]")
	if !ok {
		return false
	}
	if tag := len("IPv6:"); len(text) > tag && strings.EqualFold(text[:tag], "IPv6:") {
		return validIPv6(text[tag:])
	}
	return validIPv4(text)
}

// validLocal reports whether text is the part of an address before the @.
func validLocal(text string) bool {
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		return validQuoted(quoted)
	}
	for atom := range strings.SplitSeq(text, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			if c := atom[i]; !isLetter(c) && !isDigit(c) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) < 0 {
				return false
			}
		}
	}
	return true
}

// validQuoted reports whether text is a quoted string after its opening quote.
func validQuoted(text string) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i == len(text)-1
		case c == '\\':
			if i++; i == len(text) {
				return false
			}
			if text[i] < ' ' || text[i] > '~' {
				return false
			}
		case c < ' ' || c > '~':
			return false
		}
	}
	return false
}
