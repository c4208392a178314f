package redis_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/redis"
)

func ExampleRedact() {
	fmt.Println(redis.Redact("redis://user:s3cret@host:6379/0"))
	fmt.Println(redis.Redact("redis+sentinel://host:26379?master_name=m&password=s3cret"))
	fmt.Println(redis.Redact("redis://user:s3c/ret@host:6379/0"))
	// Output:
	// redis://user:***@host:6379/0
	// redis+sentinel://host:26379?master_name=m&password=***
	// redis://***
}

// FuzzRedact puts a password with a mark in it wherever a password may be. The
// mark shows neither in the redacted URL nor in the error of Open.
func FuzzRedact(f *testing.F) {
	for _, around := range []string{"", "@", "/", "?", "#", ":", "%", "%41", "&", "[", "]", "\\", "\n", " ", "//", "://", "@/", ";=", "é", "\x00"} {
		f.Add(around, around)
		f.Add(around, "")
		f.Add("12", around)
		f.Add("", around)
	}
	const mark = "s3cr3tM4rk"
	over, cancel := context.WithCancel(f.Context())
	cancel() // Open gets as far as the clients, and dials nothing
	f.Fuzz(func(t *testing.T, before, after string) {
		password := before + mark + after
		escaped := url.UserPassword("user", password).String()
		query := url.Values{"master_name": {"m"}, "password": {password}}.Encode()
		for _, raw := range []string{
			"redis://user:" + password + "@127.0.0.1:1/0",
			"redis://:" + password + "@127.0.0.1:1",
			"redis+cluster://user:" + password + "@127.0.0.1:1?addr=127.0.0.1:2",
			"unix://user:" + password + "@/nowhere/redis.sock?db=1",
			"redis://" + escaped + "@127.0.0.1:1/0",
			"redis+sentinel://" + escaped + "@127.0.0.1:1/0?" + query,
			"redis+sentinel://127.0.0.1:1/x?" + query,
		} {
			if shown := redis.Redact(raw); strings.Contains(shown, mark) {
				t.Errorf("Redact(%q) is %q", raw, shown)
			}
			c, err := redis.Open(over, raw, redis.Options{})
			if err == nil {
				c.Close()
				t.Fatalf("%q opens", raw)
			}
			if text := err.Error(); strings.Contains(text, mark) || strings.ContainsAny(text, "\r\n") {
				t.Errorf("Open(%q): %q", raw, text)
			}
		}
	})
}

// FuzzOpen looks for URLs that make Open panic or hang.
func FuzzOpen(f *testing.F) {
	for _, u := range []string{
		"redis://user:pw@127.0.0.1:1/0?pool_size=5&dial_timeout=1s", "unix:///nowhere?db=1", "embedded://",
		"redis+cluster://127.0.0.1:1?addr=127.0.0.1:2&max_redirects=3", "redis+sentinel://127.0.0.1:1?master_name=m",
		"rediss://127.0.0.1:1?skip_verify=true", "redis://?max_active_conns=-1&max_idle_conns=-1&pipeline_pool_size=-5",
	} {
		f.Add(u)
	}
	over, cancel := context.WithCancel(f.Context())
	cancel()
	f.Fuzz(func(t *testing.T, raw string) {
		if strings.Contains(raw, "min_idle_conns") {
			t.Skip("the client dials as many in the background")
		}
		c, err := redis.Open(over, raw, redis.Options{})
		if err == nil {
			c.Close()
			t.Fatalf("%q opens", raw)
		}
		redis.Redact(raw)
	})
}
