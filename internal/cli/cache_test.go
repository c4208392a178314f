package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/cachecmd"
	"github.com/keryx-go/keryx/internal/cli"
	"github.com/keryx-go/keryx/redis"
)

// unreachable returns an app whose Redis does not answer: a command line that makes
// no sense must not get so far.
func unreachable() cli.App {
	a := app(users)
	a.Commands = cachecmd.New(redis.New(redis.Options{}), nil).Commands(refuse)
	return a
}

func TestCacheMisuse(t *testing.T) {
	for args, want := range map[string]string{
		"cache stat":                         "cache has no command \"stat\"\nDid you mean stats?\nRun 'demo cache --help' for usage.\n",
		"cache stats all":                    "unexpected argument \"all\"\nRun 'demo cache stats --help' for usage.\n",
		"cache stats --sample -1":            "a sample of -1 keys is not possible; 0 means all keys\nRun 'demo cache stats --help' for usage.\n",
		"cache get":                          "cache get needs a key, such as cache:user:1\nRun 'demo cache get --help' for usage.\n",
		"cache get a b":                      "unexpected argument \"b\"\nRun 'demo cache get --help' for usage.\n",
		"cache ttl":                          "cache ttl needs a key, such as cache:user:1\nRun 'demo cache ttl --help' for usage.\n",
		"cache forget":                       "cache forget needs keys, such as cache:user:1, or --pattern\nRun 'demo cache forget --help' for usage.\n",
		"cache forget a --dry-run":           "--dry-run and --yes go with --pattern\nRun 'demo cache forget --help' for usage.\n",
		"cache forget a --yes":               "--dry-run and --yes go with --pattern\nRun 'demo cache forget --help' for usage.\n",
		"cache forget --pattern a* b":        "cache forget takes keys or a pattern, not both; quote a pattern, or the shell may replace it\nRun 'demo cache forget --help' for usage.\n",
		"cache forget --pattern= --yes":      "the pattern is empty: it would match no key\nRun 'demo cache forget --help' for usage.\n",
		"cache forget --pattern * --yes":     "the pattern matches every key: use redis-cli flushdb to remove all keys\nRun 'demo cache forget --help' for usage.\n",
		"cache forget --pattern ** -y":       "the pattern matches every key: use redis-cli flushdb to remove all keys\nRun 'demo cache forget --help' for usage.\n",
		"cache forget --pattern * --dry-run": "the pattern matches every key: use redis-cli flushdb to remove all keys\nRun 'demo cache forget --help' for usage.\n",
		"cache forget --pattern a*":          "there is no terminal to ask whether to remove the keys: add --yes, or --dry-run to count them\nRun 'demo cache forget --help' for usage.\n",
	} {
		if got := execute(t, unreachable(), strings.Fields(args)...); got != (outcome{2, "", want}) {
			t.Errorf("%s: %+v, want %s", args, got, want)
		}
	}
}

// TestNoAnswerFromTheNullDevice has the input of a service, which is a device but
// no terminal.
func TestNoAnswerFromTheNullDevice(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	a := unreachable()
	a.Stdin = null
	if got := execute(t, a, "cache", "forget", "--pattern", "a*"); got.code != 2 || !strings.HasPrefix(got.stderr, "there is no terminal") {
		t.Errorf("%+v", got)
	}
}

func TestCacheWithoutRedis(t *testing.T) {
	commands := []string{"cache stats", "cache get a", "cache ttl a", "cache forget a", "cache forget --pattern a* --yes"}
	for _, args := range commands {
		execute(t, unreachable(), strings.Fields(args)...).is(t, 1, "", "cannot connect to redis\n")
	}
}

func TestCacheHelp(t *testing.T) {
	for file, args := range map[string][]string{
		"help-cache.txt":        {"cache", "--help"},
		"help-cache-stats.txt":  {"help", "cache", "stats"},
		"help-cache-get.txt":    {"cache", "get", "-h"},
		"help-cache-ttl.txt":    {"cache", "ttl", "-h"},
		"help-cache-forget.txt": {"cache", "forget", "-h"},
	} {
		got := execute(t, unreachable(), args...)
		golden(t, file, got.stdout)
		got.is(t, 0, got.stdout, "")
	}
}
