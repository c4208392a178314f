package config

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/joho/godotenv"
)

func TestParseDuration(t *testing.T) {
	tests := []struct {
		text, unit string
		want       time.Duration
		ok         bool
	}{
		{"0", "", 0, true},
		{"5", "", 0, false},
		{"5s", "", 5 * time.Second, true},
		{"5", "ms", 5 * time.Millisecond, true},
		{"-5", "s", -5 * time.Second, true},
		{"1h30m", "ms", 90 * time.Minute, true},
		{"9223372036854", "ms", 9223372036854 * time.Millisecond, true},
		{"9223372036855", "ms", 0, false},
		{"-9223372036855", "ms", 0, false},
		{"9223372036854775808", "ns", 0, false},
		{"1e3", "ms", 0, false},
		{"", "ms", 0, false},
		{" 5", "ms", 0, false},
		{"1.5", "s", 0, false},
	}
	for _, tt := range tests {
		if got, ok := parseDuration(tt.text, tt.unit); got != tt.want || ok != tt.ok {
			t.Errorf("parseDuration(%q, %q) = %v, %t; want %v, %t", tt.text, tt.unit, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, text := range []string{"0", "5", "-5", "5m", "1h0m0s", "9223372036855", "1.5h", "soon", "+1", "0x10", "1_000"} {
		for unit := range units {
			f.Add(text, unit)
		}
	}
	f.Fuzz(func(t *testing.T, text, unit string) {
		if unit != "" && units[unit].size == 0 {
			return
		}
		d, ok := parseDuration(text, unit)
		if !ok {
			if d != 0 {
				t.Errorf("parseDuration(%q, %q) fails with %v", text, unit, d)
			}
			return
		}
		if again, ok := parseDuration(formatDuration(d), unit); !ok || again != d {
			t.Errorf("%q in %q is %v, written %q, which reads %v", text, unit, d, formatDuration(d), again)
		}
		if negative := strings.HasPrefix(text, "-"); (d < 0) != negative && d != 0 {
			t.Errorf("%q in %q has the wrong sign: %v", text, unit, d)
		}
	})
}

// kinds has a setting of each kind.
type kinds struct {
	Text     string         `env:"TEXT"`
	Number   int            `env:"NUMBER" minimum:"0" maximum:"65535"`
	Large    int64          `env:"LARGE"`
	Byte     uint8          `env:"BYTE"`
	Float    float64        `env:"FLOAT"`
	Flag     bool           `env:"FLAG"`
	Duration time.Duration  `env:"DURATION" unit:"ms"`
	Level    slog.Level     `env:"LEVEL"`
	Enum     string         `env:"ENUM" enum:"text,json"`
	Enums    []string       `env:"ENUMS" enum:"read,write"`
	Address  netip.Addr     `env:"ADDRESS"`
	Pointer  *int           `env:"POINTER"`
	Numbers  []int          `env:"NUMBERS" envSeparator:";"`
	Pairs    map[string]int `env:"PAIRS"`
	URL      string         `env:"URL" format:"url"`
	HTTPURL  string         `env:"HTTP_URL" format:"http-url"`
	Host     string         `env:"HOST" format:"host"`
	Route    string         `env:"ROUTE" format:"route"`
	File     string         `env:"FILE" format:"file"`
	Origins  []string       `env:"ORIGINS" format:"origins"`
	Networks []string       `env:"NETWORKS" format:"networks"`
	Name     string         `env:"NAME" format:"header-name"`
	Value    string         `env:"VALUE" format:"header-value"`
	Stage    string         `env:"STAGE" format:"environment"`
}

// FuzzRead reads anything as a value of each kind of setting: no panic, and the listed
// form of an accepted value is accepted, too.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"", "8080", "-1", "true", "*", "https://a.example,b", "/api/", "info", "10s", "a:b", "\x00", "\xff", "::1", "1;2"} {
		f.Add(text)
	}
	s, err := newSection("", new(kinds), "development")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.TrimSpace(text) == "" {
			return // never read as a value, unless empty means something
		}
		for _, r := range s.rows {
			value, m := r.read(text)
			if m != nil {
				continue
			}
			listed := textOf(value, r.parser.separator)
			again, m := r.read(listed)
			if m != nil || textOf(again, r.parser.separator) != listed {
				t.Errorf("%s=%q is listed as %q, which reads %v, %v", r.variable, text, listed, again, m)
			}
		}
	})
}

// FuzzExpansions has any text in single quotes and without: no panic, no mark is left,
// and single quotes keep the text as it is.
func FuzzExpansions(f *testing.F) {
	for _, text := range []string{"${X:-d}", "a${X}b", "${X:-${Y}}", "${X", "${X:?m}", `\${X:-d}`, "${X:-a # b}", "${X:-'d'}", "$X ${x:-d}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, markBegin+markPart+markEnd) {
			return
		}
		for _, file := range []string{"A=" + text, `A="` + text + `"`, "X=" + text + "\nA=${X:-d}\n"} {
			values, err := godotenv.UnmarshalBytes(mark([]byte(file)))
			if err != nil {
				continue
			}
			if value, line := resolve(values["A"]); strings.ContainsAny(value, markBegin+markPart+markEnd) || line < 0 {
				t.Errorf("%q reads %q, line %d", file, value, line)
			}
		}
		if strings.ContainsAny(text, "'\\\r\n") {
			return
		}
		values, err := godotenv.UnmarshalBytes(mark([]byte("A='" + text + "'")))
		if value, line := resolve(values["A"]); err != nil || line != 0 || value != text {
			t.Errorf("'%s' reads %q, line %d, %v", text, value, line, err)
		}
	})
}
