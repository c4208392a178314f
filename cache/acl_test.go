package cache_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

// TestTheCommandsOfTheGuide: the commands that docs/caching.md lists for an ACL are
// enough for the connections and for every function of the package.
func TestTheCommandsOfTheGuide(t *testing.T) {
	guide, err := os.ReadFile("../docs/caching.md")
	if err != nil {
		t.Fatal(err)
	}
	rule := regexp.MustCompile(`(?m)^ACL SETUSER app on >password (.*)$`).FindSubmatch(guide)
	if rule == nil {
		t.Fatal("the guide lists no commands")
	}
	s := redistest.Start(t, append([]string{"--user", "app", "on", ">password"}, strings.Fields(string(rule[1]))...)...)
	c, err := redis.Open(t.Context(), "redis://app:password@"+s.Addr(), redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	seen := &events{}
	if err := cache.SetDefaults(c.Client, seen.observe()); err != nil {
		t.Fatal(err)
	}
	load := func(context.Context) (int, error) { return 1, nil }
	for name, call := range map[string]func() error{
		"Fetch": func() error {
			for range 12 {
				s.Client().Del(t.Context(), "a")
				if _, err := cache.Fetch(t.Context(), c.Client, "a", time.Minute, load); err != nil {
					return err
				}
			}
			return nil
		},
		"Stale": func() error {
			s.Client().Set(t.Context(), "b", "1", time.Second)
			_, err := cache.Fetch(t.Context(), c.Client, "b", time.Minute, load, cache.Stale(time.Minute))
			eventually.True(t, "the refresh", func() bool { return seen.count(cache.EventRefresh) == 1 })
			return err
		},
		"FetchMany": func() error {
			_, err := cache.FetchMany(t.Context(), c.Client, []string{"c", "d"}, time.Minute, func(context.Context, []string) (map[string]int, error) {
				return map[string]int{"c": 1}, nil
			})
			return err
		},
		"Version": func() error { _, err := cache.Version(t.Context(), c.Client, "v"); return err },
		"Bump":    func() error { _, err := cache.Bump(t.Context(), c.Client, "v"); return err },
		"Lock": func() error {
			return cache.Lock(t.Context(), c.Client, "l", 3*time.Second, func(context.Context) error {
				left := 3 * time.Second
				eventually.True(t, "the renewal", func() bool {
					before := left
					left = s.Client().PTTL(t.Context(), "l").Val()
					return left > before
				})
				return nil
			})
		},
		"Forget":        func() error { _, err := cache.Forget(t.Context(), c.Client, "a"); return err },
		"ForgetPattern": func() error { _, err := cache.ForgetPattern(t.Context(), c.Client, "x*"); return err },
	} {
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, kind := range []cache.EventKind{cache.EventFailOpen, cache.EventRejected, cache.EventCorrupt} {
		if n := seen.count(kind); n != 0 {
			t.Errorf("%d events of kind %v: %+v", n, kind, seen.all)
		}
	}
}

// TestBootProvesAScript: a Redis without scripts, where nothing would be cached, is an
// error at boot.
func TestBootProvesAScript(t *testing.T) {
	for _, denied := range []string{"-@scripting", "-eval", "-evalsha"} {
		s := redistest.Start(t, "--user", "app", "on", ">password", "~*", "&*", "+@all", denied)
		c, err := redis.Open(t.Context(), "redis://app:password@"+s.Addr(), redis.Options{})
		if err == nil {
			_ = c.Close()
			t.Fatalf("%s: it is opened", denied)
		}
		if !strings.Contains(err.Error(), "runs no script (an ACL has to allow eval, evalsha") || strings.Contains(err.Error(), "password@") {
			t.Errorf("%s: %v", denied, err)
		}
	}
}
