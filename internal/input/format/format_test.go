package format_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/internal/input/format"
	"github.com/keryx-go/keryx/internal/schematest"
)

// texts are those that have a format, and those that do not.
type texts struct{ valid, invalid []string }

var tables = map[string]texts{
	"date-time": {
		[]string{"2024-01-31T15:04:05Z", "2024-02-29t15:04:05.123456789012z", "1985-04-12T23:20:50.52+23:59", "0000-01-01T00:00:00-00:00", "1998-12-31T23:59:60Z", "1998-12-31T15:59:60.5-08:00"},
		[]string{"", "2024-01-01T00:00:00+24:00", "2024-01-01T0:00:00Z", "2024-01-01T00:00:00,5Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00", "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:61Z", "1998-12-31T22:59:60Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+00:60", "2024-01-01T00:00:00+0000", "2024-01-01T00:00:00+00:00:00", "12024-01-01T00:00:00Z", "2024-1-01T00:00:00Z", " 2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z\n", "2024-001T00:00:00Z", "২024-01-01T00:00:00Z"},
	},
	"date": {
		[]string{"2024-02-29", "0000-01-01", "9999-12-31"},
		[]string{"", "2023-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-1-1", "24-01-01", "2024/01/01", "2024-01-01T", "20240101", "2024-04-31", "1963-06-1৪"},
	},
	"time": {
		[]string{"12:00:00Z", "12:00:00z", "08:30:06.283185Z", "12:00:00+00:00", "00:00:00-23:59", "23:59:60Z", "01:29:60+01:30", "15:59:60-08:00"},
		[]string{"", "12:00:00", "12:00Z", "24:00:00Z", "00:60:00Z", "00:00:61Z", "22:59:60Z", "23:59:60+01:00", "1:00:00Z", "12:00:00.Z", "12:00:00,5Z", "12:00:00+24:00", "12:00:00+00:60", "12:00:00+0", "12:00:00 Z", "12:00:00PST", "12:00:00Z+00:30", "1২:00:00Z"},
	},
	"duration": {
		[]string{"P4DT12H30M5S", "P4Y", "P1Y2M3D", "PT0S", "P0D", "P1M", "PT1M", "PT36H", "P1DT12H", "P2W", "PT1H2M", "P02D"},
		[]string{"", "PT1D", "P", "P1YT", "PT", "P2D1Y", "P1D2H", "P2S", "P1Y2W", "P1", "4DT12H30M5S", "P1Y2D", "PT1H2S", "P-1D", "P1.5D", "P২Y", "p1d", "P1DT", "PT1HT1M", "PW", "90s", "1h30m"},
	},
	"email": {
		[]string{"ada@example.org", "a.b+c@example.org", "ada@localhost", `"joe bloggs"@example.com`, `"joe..\"x"@example.com`, "joe@[127.0.0.1]", "joe@[IPv6:::1]", "te~st@example.com", "a@b.c", strings.Repeat("a", 64) + "@example.org", "a/b=c@example.org"},
		[]string{"", "ada", "@example.org", "ada@", "Ada <ada@example.org>", " ada@example.org", "ada@example.org ", "<ada@example.org>", "ada@@example.org", "a b@example.org", ".a@example.org", "a.@example.org", "a..b@example.org", "ada@-example.org", "ada@example..org", "ada@exa mple.org", "ada@example.org.", "ada@[127.0.0.300]", "ada@[::1", "ada@[x]", "äda@example.org", "ada@exämple.org", strings.Repeat("a", 65) + "@example.org", "ada@" + strings.Repeat("a.", 130) + "org", `"a"b"@example.org`, `"a@example.org`, "ada@example.org\n", "ada@example.org,bob@example.org", "(c)ada@example.org", "ada@example.org(c)", "\"a\u0001\"@example.org", `"a\` + "\u0001" + `"@example.org`, `"\@x`},
	},
	"hostname": {
		[]string{"www.example.com", "xn--4gbwdl.xn--wgbh1c", "localhost", "a", "1host", "a-b", "123", strings.Repeat("a", 63) + ".com", "EXAMPLE.com"},
		[]string{"", ".", "-a", "a-", "a..b", ".a", "a.", "a_b", "a b", "exämple.com", strings.Repeat("a", 64) + ".com", strings.Repeat("abcdefgh.", 29) + "com", "a:80", "a/b", "a\n"},
	},
	"ipv4": {
		[]string{"192.0.2.1", "0.0.0.0", "255.255.255.255"},
		[]string{"", "127.0.0.0.1", "256.0.0.1", "127.0", "0x7f000001", "2130706433", "087.10.0.1", "192.168.1.0/24", "1.2.3.4 ", "1২7.0.0.1", "::1", "::ffff:1.2.3.4"},
	},
	"ipv6": {
		[]string{"::1", "::", "2001:db8::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "ABCD::ef01", "1:2::192.168.0.1", "d6::"},
		[]string{"", "fe80::1%eth0", "12345::", "1:1:1:1:1:1:1:1:1", "::laptop", ":2:3:4:5:6:7:8", "1::d6::42", "1:2:3:4:5:6:7", "1", "1.2.3.4", "fe80::/64", " ::1", "[::1]", "1:2:3:4:1.2.3", "::2:3:4:5:6:7:8:9", "1:2:3:4:5:6:0x7:8"},
	},
	"uri": {
		[]string{"https://example.com", "http://foo.bar/?baz=qux#quux", "http://foo.com/blah_(wikipedia)_blah#cite-1", "http://foo.bar/?q=Test%20URL-encoded%20stuff", "http://xn--nw2a.xn--j6w193g/", "http://-.~_!$&'()*+,;=:%40:80%2f::::::@example.com", "http://223.255.255.254", "ftp://ftp.is.co.za/rfc/rfc1808.txt", "ldap://[2001:db8::7]/c=GB?objectClass?one", "mailto:John.Doe@example.com", "news:comp.infosystems.www.servers.unix", "tel:+1-816-555-1212", "urn:oasis:names:specification:docbook:dtd:xml:4.1.2", "file:///etc/hosts", "http://a:80/", "http://[v1.a:b]/", "about:blank", "a:"},
		[]string{"", "x", "//x", "/abc", "//foo.bar/?baz=qux#quux", `\\WINDOWS\fileshare`, "abc", "http:// shouldfail.com", ":// should fail", "://x", "bar,baz:foo", "https://[@example.org/test.txt", "https://example.org/foobar\\.txt", "https://example.org/foobar<>.txt", "https://example.org/foobar{}.txt", "https://example.org/foobar^.txt", "https://example.org/foobar`.txt", "https://example.org/foo bar.txt", "https://example.org/foobar|.txt", "http://a/%", "http://a/%2", "http://a/%zz", "http://a#b#c", "http://a:b/", "http://2001:db8::7", "http://[fe80::1%25eth0]/", "http://[1.2.3.4]/", "http://ƒøø.ßår/", "1a:b", "http://a b/", "http://[::1]x/", "http://[v1.]/"},
	},
	"uri-reference": {
		[]string{"", "http://foo.bar/?baz=qux#quux", "//foo.bar/?baz=qux#quux", "/abc", "abc", "#fragment", "?q=1", "./a:b", "a/b:c", "../x", "a?b:c", "//[::1]/"},
		[]string{`\\WINDOWS\fileshare`, `#frag\ment`, "a b", "1:b", "a|b", "%", "/%g0", "unicode\u2060.txt", "ä", "://x", "//a:b/"},
	},
	"iri": {
		[]string{"http://ƒøø.ßår/?∂éœ=πîx#πîüx", "http://ƒøø.com/blah_(wîkïpédiå)_blah#ßité-1", "https://example.com", "http://[2001:0db8:85a3:0000:0000:8a2e:0370:7334]", "http://a/?\ue000"},
		[]string{"", "/abc", "âππ", `\\WINDOWS\filëßåré`, "http://2001:0db8:85a3:0000:0000:8a2e:0370:7334", "http://a/\ue000", "http://a/\ufffd", "http://a/\u0080"},
	},
	"iri-reference": {
		[]string{"", "//ƒøø.ßår/?∂éœ=πîx#πîüx", "/âππ", "âππ", "#ƒrägmênt"},
		[]string{`\\WINDOWS\filëßåré`, `#ƒräg\mênt`, "a b"},
	},
	"uri-template": {
		[]string{"", "http://example.com/dictionary/{term:1}/{term}", "/users/{id}", "{+path}/here", "{#x,hello,y}", "{?x,y*,z:3}", "{.a.b}", "ü", "{%20a}"},
		[]string{"http://example.com/dictionary/{term:1}/{term", "{}", "}", "{a b}", "{=x}", "{a:0}", "{a:10000}", "{a:1*}", "a b", "{{a}}", "%", "<", "{a..b}", "{a,}"},
	},
	"uuid": {
		[]string{"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "2EB8AA08-AA98-11EA-B4AA-73B441D16380", "00000000-0000-0000-0000-000000000000", "2eb8aa08-aa98-11ea-b4Aa-73B441D16380"},
		[]string{"", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b8109dad11d180b400c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c", "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b8109-dad-11d1-80b4-00c04fd430c8", "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380", "6ba7b810-9dad-11d1-80b4-00c04fd430c8\n"},
	},
	"json-pointer": {
		[]string{"", "/", "/foo/bar~0/baz~1/%a", "/foo//bar", "/foo/bar/", "/ ", "/~1.1", "/é"},
		[]string{"a", "0", "/foo/bar~", "/~2", "#", "#/", "#a", "/~0~", "/~~"},
	},
	"relative-json-pointer": {
		[]string{"1", "0/foo/bar", "2/0/baz/1/zip", "0#", "120/foo/bar", "0+1/a", "1-1"},
		[]string{"", "/foo/bar", "-1/foo/bar", "+1/foo/bar", "0##", "01/a", "01#", "a", "0~", "0+/a", "0+0/a"},
	},
	"regex": {
		[]string{"", "([abc])+\\s+$", "^a{1,3}$"},
		[]string{"^(abc]", "(", "a{3,1}", "[z-a]", strings.Repeat("a", 5000)},
	},
}

func TestFormats(t *testing.T) {
	if names := format.Names(); len(names) != len(tables) {
		t.Errorf("%d formats have %d tables: %v", len(names), len(tables), names)
	}
	for name, table := range tables {
		f, ok := format.Find(name)
		if !ok || f.Expected == "" {
			t.Errorf("%s: there is no such format", name)
			continue
		}
		for _, text := range table.valid {
			if !f.Valid(text) {
				t.Errorf("%s: %q was refused", name, text)
			}
		}
		for _, text := range table.invalid {
			if f.Valid(text) {
				t.Errorf("%s: %q was let in", name, text)
			}
		}
	}
}

// looser are texts that the other validator takes although the definition does not, or
// refuses although it does.
var looser = map[string][]string{
	"duration":              {"P1Y2D", "PT1H2S", "P1DT"},
	"hostname":              {"a.", "ada@example.org."},
	"email":                 {"@example.org", "ada@example.org.", `"joe..\"x"@example.com`, "\"a\u0001\"@example.org"},
	"relative-json-pointer": {"0+1/a", "1-1"},
}

// TestFormatsAgree holds the formats against a validator that is not ours, where it has
// a definition as strict as that of JSON Schema.
func TestFormatsAgree(t *testing.T) {
	for _, name := range []string{"date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "json-pointer", "relative-json-pointer"} {
		validate := schematest.Compile(t, &schema.Schema{Format: name})
		f, _ := format.Find(name)
		for _, table := range tables {
			for _, text := range slices.Concat(table.valid, table.invalid) {
				if slices.Contains(looser[name], text) {
					continue
				}
				if got, want := f.Valid(text), validate(text) == nil; got != want {
					t.Errorf("%s: %q is %v here, and %v elsewhere", name, text, got, want)
				}
			}
		}
	}
}

// TestTimesCanBeEncoded: a time that was read is encoded, and read again.
func TestTimesCanBeEncoded(t *testing.T) {
	for name, read := range map[string]func(string) (time.Time, bool){"date-time": format.DateTime, "date": format.Date, "time": format.Time} {
		for _, text := range tables[name].valid {
			at, ok := read(text)
			if !ok {
				if !strings.Contains(text, ":60") {
					t.Errorf("%s: %q was refused", name, text)
				}
				continue
			}
			encoded, err := json.Marshal(at)
			var again time.Time
			if err != nil || json.Unmarshal(encoded, &again) != nil || !again.Equal(at) {
				t.Errorf("%s: %q became %s, %v", name, text, encoded, err)
			}
		}
		for _, text := range tables[name].invalid {
			if at, ok := read(text); ok {
				t.Errorf("%s: %q was let in as %v", name, text, at)
			}
		}
	}
}

// FuzzFormats feeds one text to every format: none panics, and what it lets in is text
// without control characters, but for those that JSON pointers and expressions may have.
func FuzzFormats(f *testing.F) {
	for _, table := range tables {
		for _, text := range slices.Concat(table.valid, table.invalid) {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range format.Names() {
			one, _ := format.Find(name)
			if !one.Valid(text) {
				continue
			}
			if name != "json-pointer" && name != "relative-json-pointer" && name != "regex" && strings.ContainsAny(text, "\x00\n\r\t") {
				t.Errorf("%s: %q was let in", name, text)
			}
		}
		if at, ok := format.DateTime(text); ok {
			if _, err := json.Marshal(at); err != nil {
				t.Errorf("%q cannot be encoded: %v", text, err)
			}
		}
	})
}
