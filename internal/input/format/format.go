// Package format has the formats of text of JSON Schema, draft 2020-12, as that
// defines them. Formats that need tables which are in no package of ours are missing:
// idn-email and idn-hostname.
package format

import (
	"maps"
	"regexp/syntax"
	"slices"
)

// Format is one format.
type Format struct {
	// Valid reports whether a text has the format. It may refuse a very long text.
	Valid func(text string) bool
	// Expected says what the text must be, after "must be": "an e-mail address".
	Expected string
}

// maxRegex is the length of the longest regular expression, in bytes.
const maxRegex = 4096

var formats = map[string]Format{
	"date-time":             {validDateTime, "a date and time such as 2026-01-31T15:04:05Z"},
	"date":                  {validDate, "a date such as 2026-01-31"},
	"time":                  {validTime, "a time of day such as 15:04:05Z"},
	"duration":              {validDuration, "a duration such as P3DT12H or PT30M"},
	"email":                 {validEmail, "an e-mail address"},
	"hostname":              {validHostname, "a host name such as example.com"},
	"ipv4":                  {validIPv4, "an IPv4 address such as 192.0.2.1"},
	"ipv6":                  {validIPv6, "an IPv6 address such as 2001:db8::1"},
	"uri":                   {reader{}.absolute, "a full URI such as https://example.com/page"},
	"uri-reference":         {reader{}.reference, "a URI or a path such as /page"},
	"iri":                   {reader{international: true}.absolute, "a full URI such as https://example.com/page"},
	"iri-reference":         {reader{international: true}.reference, "a URI or a path such as /page"},
	"uri-template":          {validTemplate, "a template of a URI such as /users/{id}"},
	"uuid":                  {validUUID, "a UUID such as 123e4567-e89b-12d3-a456-426614174000"},
	"json-pointer":          {validPointer, "a JSON pointer such as /items/0"},
	"relative-json-pointer": {validRelativePointer, "a relative JSON pointer such as 1/name"},
	"regex":                 {validRegex, "a regular expression"},
}

// Find returns the format of that name.
func Find(name string) (Format, bool) {
	f, ok := formats[name]
	return f, ok
}

// Names returns the names of all formats, sorted.
func Names() []string { return slices.Sorted(maps.Keys(formats)) }

// Instead returns what to write for a name that is in use elsewhere, or "".
func Instead(name string) string { return instead[name] }

var instead = map[string]string{
	"url": `"uri"`, "ip": `"ipv4" or "ipv6"`, "e-mail": `"email"`, "mail": `"email"`, "guid": `"uuid"`, "host": `"hostname"`,
	"datetime": `"date-time"`, "timestamp": `"date-time"`, "regexp": `"regex"`, "domain": `"hostname"`,
	"password": `the tag secret:"true"`, "byte": "the type []byte", "binary": "the type File or RawBody",
	"idn-email": `"email"`, "idn-hostname": `"hostname"`,
}

// validRegex reports whether text is a regular expression of package regexp. JSON
// Schema has those of ECMAScript, which differ little.
func validRegex(text string) bool {
	if len(text) > maxRegex {
		return false
	}
	_, err := syntax.Parse(text, syntax.Perl)
	return err == nil
}

// validUUID reports whether text is a UUID in its usual form (RFC 4122).
func validUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		switch i {
		case 8, 13, 18, 23:
			if text[i] != '-' {
				return false
			}
		default:
			if !isHex(text[i]) {
				return false
			}
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// digits returns the number of digits that text begins with.
func digits(text string) int {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}
