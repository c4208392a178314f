package config

import (
	"strings"
	"testing"
	"time"
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

func TestMaskURL(t *testing.T) {
	tests := []struct{ url, want string }{
		{"redis://localhost:6379/0", "redis://localhost:6379/0"},
		{"redis://user@host:6379/0", "redis://user@host:6379/0"},
		{"redis://user:S3CR3T@host:6379/0", "redis://user:***@host:6379/0"},
		{"redis://:S3CR3T@host", "redis://:***@host"},
		{"redis://:S3C/R3T@host", "redis://:***@host"},
		{"redis://:S3C?R3T@host", "redis://:***@host"},
		{"redis://:S3C#R3T@host", "redis://:***@host"},
		{"redis://u:S3C@R3T@host", "redis://u:***@host"},
		{"redis://u:S3C R3T@host", "redis://u:***@host"},
		{"redis://u:%zzS3CR3T@host", "redis://u:***@host"},
		{"redis://S3C/R3T@host", "redis://***@host"},
		{"redis://user:S3CR3T", "redis://***"},
		{"redis:user:S3CR3T@host", "***"},
		{"S3CR3T", "***"},
		{"user:S3CR3T@host", "***"},
		{"S3C R3T://host", "***"},
		{"https://S3CR3T@host/x", "https://***@host/x"},
		{"redis://host?password=S3CR3T&db=1", "redis://host?password=***&db=1"},
		{"redis://host?S3CR3T", "redis://host?***"},
		{"redis://host?p%61ss=S3CR3T", "redis://host?***"},
		{"redis://host?db=1;token=S3CR3T#S3CR3T", "redis://host?db=1&token=***#***"},
		{"redis://host#S3CR3T", "redis://host#***"},
		{"postgres://u:S3CR3T@a:1,b:2/x?sslmode=disable", "postgres://u:***@a:1,b:2/x?sslmode=disable"},
		{"sqlite://:memory:", "sqlite://:memory:"},
		{"sqlite://data/app.db?_pragma=busy_timeout(5000)", "sqlite://data/app.db?_pragma=busy_timeout(5000)"},
		{"redis://u:S3CR3T@[::1]:6379/0", "redis://u:***@[::1]:6379/0"},
	}
	for _, tt := range tests {
		if got := maskURL(tt.url); got != tt.want {
			t.Errorf("maskURL(%q) = %q; want %q", tt.url, got, tt.want)
		}
		for _, text := range []string{maskURL(tt.url), (&leaf{format: "url"}).mask(tt.url)} {
			for _, piece := range []string{"S3C", "R3T"} {
				if strings.Contains(text, piece) {
					t.Errorf("%q is shown as %q", tt.url, text)
				}
			}
		}
	}
}

// FuzzMask puts a password with anything around it into a URL, and looks for
// it in what is printed.
func FuzzMask(f *testing.F) {
	const password = "S3CR3T"
	f.Add("redis", "user", "", "", "host:6379/0")
	f.Add("postgres", "", "p@", "/?#", "host/db?sslmode=disable")
	f.Add("x", "a:b", "%zz", " \n", "")
	f.Add("", "://", "@://", "@", "?a=b#c")
	f.Fuzz(func(t *testing.T, scheme, user, before, after, rest string) {
		if strings.Contains(scheme, "://") || strings.Contains(scheme+user+rest, password) {
			return // not the password of this URL
		}
		text := scheme + "://" + user + ":" + before + password + after + "@" + rest
		for name, shown := range map[string]string{
			"URL":    (&leaf{format: "url"}).mask(text),
			"text":   (&leaf{}).mask(text),
			"secret": (&leaf{secret: true}).mask(text),
		} {
			if strings.Contains(shown, password) {
				t.Errorf("%s: %q is shown as %q", name, text, shown)
			}
		}
	})
}

// FuzzRead reads anything as a value of each kind of setting: no panic, and
// what is accepted is accepted again as it is listed.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"", "8080", "-1", "true", "*", "https://a.example,b", "/api/", "info", "10s", "a:b", "\x00", "\xff", "::1", "1;2"} {
		f.Add(text)
	}
	s, err := newSection("", new(Config), "development")
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
			listed := textOf(value, r.separator)
			again, m := r.read(listed)
			if m != nil || textOf(again, r.separator) != listed {
				t.Errorf("%s=%q is listed as %q, which reads %v, %v", r.variable, text, listed, again, m)
			}
		}
	})
}
