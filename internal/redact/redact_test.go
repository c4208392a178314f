package redact_test

import (
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/internal/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestURL(t *testing.T) {
	for text, want := range map[string]string{
		"":                                              "",
		"redis://localhost:6379/0":                      "redis://localhost:6379/0",
		"redis://user@host:6379/0":                      "redis://user@host:6379/0",
		"redis://user:S3CR3T@host":                      "redis://user:***@host",
		"redis://:S3CR3T@host":                          "redis://:***@host",
		" redis://:S3CR3T@host\n":                       "redis://:***@host",
		"REDIS://u:S3CR3T@host":                         "REDIS://u:***@host",
		"redis://u:S3C R3T@host":                        "redis://u:***@host",
		"redis://u:%zzS3CR3T@host":                      "redis://u:***@host",
		"rediss://us%40er:S3CR3T@[::1]:6379/1":          "rediss://***@[::1]:6379/1",
		"unix://user:S3CR3T@/run/redis.sock?db=3":       "unix://user:***@/run/redis.sock?db=3",
		"unix:///run/user%401/redis.sock":               "unix:///run/user%401/redis.sock",
		"redis+cluster://:S3CR3T@a:1?addr=b:2&addr=c:3": "redis+cluster://:***@a:1?addr=b:2&addr=c:3",
		"embedded://":                                   "embedded://",
		"embedded://name:6390/2?force=true":             "embedded://name:6390/2?force=true",
		"postgres://u:S3CR3T@a:1,b:2/x?sslmode=disable": "postgres://u:***@a:1,b:2/x?sslmode=disable",
		"postgresql:///name?host=/run":                  "postgresql:///name?host=/run",
		"postgres://app:p%40ss@host/name":               "postgres://app:***@host/name",
		"mine://app:S3CR3T@host":                        "mine://app:***@host",
		"https://S3CR3T@host/x":                         "https://***@host/x",
		"sqlite://:memory:":                             "sqlite://:memory:",
		"sqlite:///a/b c.db":                            "sqlite:///a/b c.db",

		"redis+sentinel://a?master_name=m&password=S3CR3T":     "redis+sentinel://a?master_name=m&password=***",
		"redis://host?password=S3CR3T&db=1":                    "redis://host?password=***&db=1",
		"redis://host?password=a&S3CR3T=b":                     "redis://host?password=***&***",
		"redis://host?token=S3CR3T":                            "redis://host?***",
		"redis://host?S3CR3T":                                  "redis://host?***",
		"redis://host?p%61ss=S3CR3T":                           "redis://host?***",
		"redis://host?master_name=%53CR3T":                     "redis://host?***",
		"redis://host?db=1;token=S3CR3T":                       "redis://host?db=1&***",
		"sqlite://data/app.db?_pragma=busy_timeout(5000)":      "sqlite://data/app.db?_pragma=busy_timeout(5000)",
		"sqlite://app.db?_pragma=key('S3CR3T')&_txlock=exclus": "sqlite://app.db?***&_txlock=exclus",

		"redis://:S3C/R3T@host":          "redis://***",
		"redis://:S3C?R3T@host":          "redis://***",
		"redis://:S3C#R3T@host":          "redis://***",
		"redis://u:S3C@R3T@host":         "redis://***",
		"redis://user:12/S3CR3T@host":    "redis://***",
		"redis://user:S3CR3T\n@host":     "redis://***",
		"redis://user:S3CR3T":            "redis://***",
		"redis://user:S3CR3T@host:port":  "redis://***",
		"redis://host#S3CR3T":            "redis://***",
		"redis://host?password=S3C@R3T":  "redis://***",
		"sqlite://u:S3CR3T@/x":           "sqlite://u:***@/x",
		"mine://app:S3C@R3T@host":        "***",
		"redis:user:S3CR3T@host":         "***",
		"S3CR3T":                         "***",
		"user:S3CR3T@host":               "***",
		"S3C R3T://host":                 "***",
		"S3CR3T://%zz":                   "***",
		"host=h password=S3CR3T":         "***",
		"postgres://app:se\nS3CR3T@h/na": "postgres://***",
	} {
		if got := redact.URL(text); got != want {
			t.Errorf("URL(%q) is %q, want %q", text, got, want)
		}
	}
}

func TestScrub(t *testing.T) {
	for _, test := range []struct{ text, url, want string }{
		{"no answer", "", "no answer"},
		{"ERR unknown command 'AUTH' with 'S3CR3T'", "redis://:S3CR3T@host", "ERR unknown command 'AUTH' with '***'"},
		{"bad p@ss and p%40ss", "redis://:p%40ss@host", "bad *** and ***"},
		{"bad other", "postgres://h/n?password=other", "bad ***"},
		{"open x://u:S3CR3T@h: no", "x://u:S3CR3T@h", "open x://u:***@h: no"},
		{"password=abc, no", "x://u:abc@h", "the reason is not shown, since the password is in it"},
		{"abcdef", "x://u:abc@h", "abcdef"},
		{"user same", "x://same:same@h", "user same"},
	} {
		if got := redact.Scrub(test.text, test.url); got != test.want {
			t.Errorf("Scrub(%q, %q) is %q, want %q", test.text, test.url, got, test.want)
		}
	}
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "8080": "8080", "a@b": "a@b", "redis://u:S3C@R3T@host": "redis://***@host", "x redis://u:S3C/R3T@host y": "x redis://***@host y",
	} {
		if got := redact.Text(text); got != want {
			t.Errorf("Text(%q) is %q, want %q", text, got, want)
		}
	}
}

// FuzzURL puts a password with anything around it wherever a URL may have one. It
// shows neither in the URL nor in a text about it.
func FuzzURL(f *testing.F) {
	const password = "S3CR3T"
	f.Add("redis", "user", "", "", "host:6379/0")
	f.Add("postgres", "", "p@", "/?#", "host/db?sslmode=disable")
	f.Add("x", "a:b", "%zz", " \n", "")
	f.Add("", "://", "@://", "@", "?a=b#c")
	f.Add("sqlite", "", "/", "@x", "/a")
	for _, around := range []string{"", "@", "/", "?", "#", ":", "%", "%41", "&", "[", "]", "\\", "\n", " ", "//", "://", "@/", ";=", "é", "\x00"} {
		f.Add("redis", "user", around, around, "host")
		f.Add("postgres", "", "12", around, "host/x")
	}
	f.Fuzz(func(t *testing.T, scheme, user, before, after, rest string) {
		if strings.Contains(scheme, "://") || strings.Contains(scheme+user+rest, password) {
			return // not the password of this URL
		}
		whole := before + password + after
		urls := []string{scheme + "://" + user + ":" + whole + "@" + rest}
		if escaped := url.QueryEscape(whole); strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789:/.") == "" {
			urls = append(urls,
				scheme+"://"+rest+"?password="+escaped,
				scheme+"://"+rest+"?db=1&password="+whole,
				scheme+"://"+rest+"?token="+escaped+"&db=1")
		}
		for _, text := range urls {
			for name, shown := range map[string]string{"URL": redact.URL(text), "Text": redact.Text(urls[0])} {
				if strings.Contains(shown, password) {
					t.Errorf("%s: %q is shown as %q", name, text, shown)
				}
			}
		}
		if strings.ContainsAny(user, ":@/?#") {
			return // the password is another one
		}
		about := "cannot open " + urls[0] + ": " + whole
		if shown := redact.URL(urls[0]); !strings.HasSuffix(shown, "://"+redact.Mask) && shown != redact.Mask && strings.TrimSpace(urls[0]) == urls[0] {
			if got := redact.Scrub(about, urls[0]); strings.Contains(got, password) {
				t.Errorf("%q is scrubbed to %q", about, got)
			}
		}
	})
}
