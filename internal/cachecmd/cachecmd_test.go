package cachecmd_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

// outcome is the result of a command line.
type outcome struct {
	code           int
	stdout, stderr string
}

// cacheCommand runs app cache …, of an app whose database and port must not be
// touched.
func cacheCommand(ctx context.Context, url string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	o := cacheOptions(url)
	o.Stdin, o.Stdout, o.Stderr = strings.NewReader(""), &stdout, &stderr
	code := keryx.New(o).Run(ctx, append([]string{"cache"}, args...))
	return outcome{code, stdout.String(), stderr.String()}
}

func cacheOptions(url string) keryx.Options {
	return keryx.Options{Name: "app", DotEnv: "-", Environ: []string{
		"REDIS_URL=" + url, "DATABASE_URL=postgres://nobody@127.0.0.1:1/nowhere", "WEB_SERVER_PORT=1",
		"LOG_LEVEL=warn", "LOG_COLORIZE=false",
	}}
}

// is compares an outcome in whole.
func (o outcome) is(t *testing.T, code int, stdout, stderr string) {
	t.Helper()
	if o != (outcome{code, stdout, stderr}) {
		t.Errorf("got exit status %d, stdout\n%s\nand stderr\n%s\nwant exit status %d, stdout\n%s\nand stderr\n%s",
			o.code, o.stdout, o.stderr, code, stdout, stderr)
	}
}

// like compares it with patterns that match in whole.
func (o outcome) like(t *testing.T, code int, stdout, stderr string) {
	t.Helper()
	if o.code != code || !matches(stdout, o.stdout) || !matches(stderr, o.stderr) {
		t.Errorf("got exit status %d, stdout\n%s\nand stderr\n%s\nwant exit status %d, stdout\n%s\nand stderr\n%s",
			o.code, o.stdout, o.stderr, code, stdout, stderr)
	}
}

func matches(pattern, text string) bool {
	return regexp.MustCompile(`(?s)^(?:` + pattern + `)$`).MatchString(text)
}

// TestCacheCommands runs them on an embedded Redis of this process, on a real one,
// and on a cluster.
func TestCacheCommands(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		c, err := redis.Open(t.Context(), "embedded://cachecommands", redis.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		cacheCommands(t, "embedded://cachecommands", c.Client)
	})
	t.Run("real", func(t *testing.T) {
		server := redistest.Start(t)
		cacheCommands(t, server.URL(), server.Client())
	})
	t.Run("cluster", func(t *testing.T) {
		cluster := redistest.Cluster(t)
		cacheCommands(t, cluster.URL(), cluster.Client())
	})
}

func cacheCommands(t *testing.T, url string, rdb goredis.UniversalClient) {
	for name, test := range map[string]func(*testing.T, string, goredis.UniversalClient){
		"get": getPrints, "get while loading": getWhileLoading, "ttl": ttlPrints,
		"forget keys": forgetKeys, "forget a pattern": forgetPattern, "stats": statsPrints,
	} {
		t.Run(name, func(t *testing.T) {
			test(t, url, rdb)
			empty(t, rdb)
		})
	}
}

// empty makes a Redis as good as new.
func empty(t *testing.T, rdb goredis.UniversalClient) {
	t.Helper()
	anew := func(ctx context.Context, node goredis.Cmdable) error {
		_ = node.ConfigResetStat(ctx).Err() // an embedded one has nothing to reset
		return node.FlushAll(ctx).Err()
	}
	var err error
	if cluster, ok := rdb.(*goredis.ClusterClient); ok {
		err = cluster.ForEachMaster(t.Context(), func(ctx context.Context, node *goredis.Client) error { return anew(ctx, node) })
	} else {
		err = anew(t.Context(), rdb)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// fillKeys stores n keys with a prefix.
func fillKeys(t *testing.T, rdb goredis.UniversalClient, prefix string, n int) {
	t.Helper()
	pipe := rdb.Pipeline()
	for i := range n {
		pipe.Set(t.Context(), fmt.Sprint(prefix, i), i, time.Hour)
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// left is how many keys match a pattern.
func left(t *testing.T, rdb goredis.UniversalClient, pattern string) int64 {
	t.Helper()
	n, err := cache.ForgetPattern(context.WithoutCancel(t.Context()), rdb, pattern, cache.DryRun())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func getPrints(t *testing.T, url string, rdb goredis.UniversalClient) {
	get := func(key string) outcome { return cacheCommand(t.Context(), url, "get", key, "-q") }
	rdb.Set(t.Context(), "json", `{"name": "Ada"}`, 0)
	rdb.Set(t.Context(), "raw", "a\x00b\n", 0)
	rdb.HSet(t.Context(), "hash", "b", 2, "a", 1)
	get("json").is(t, 0, `{"name": "Ada"}`, "")
	get("raw").is(t, 0, "a\x00b\n", "")
	get("hash").is(t, 0, `{"a":"1","b":"2"}`+"\n", "")
	get("none").is(t, 1, "", "none: there is no such key\n")
	if got := cacheCommand(t.Context(), url, "get", "hash"); !strings.HasSuffix(got.stderr, "a hash of 2 elements\n") {
		t.Errorf("%+v", got)
	}
}

// getWhileLoading looks at a key in the middle of the load of its value, and then
// at the value.
func getWhileLoading(t *testing.T, url string, rdb goredis.UniversalClient) {
	var during, ttl outcome
	value, err := cache.Fetch(t.Context(), rdb, "cache:user:1", time.Minute, func(ctx context.Context) (string, error) {
		during = cacheCommand(ctx, url, "get", "cache:user:1", "-q")
		ttl = cacheCommand(ctx, url, "ttl", "cache:user:1", "-q")
		return "Ada", nil
	})
	if value != "Ada" || err != nil {
		t.Fatal(value, err)
	}
	during.like(t, 1, "", `cache:user:1: being loaded \(lease [A-Z0-9]+, for (10s|9\.\d+s|8\.\d+s) unless it is renewed\)\n`)
	ttl.like(t, 0, `\d\S* \(\d+ ms\)\n`, "")
	cacheCommand(t.Context(), url, "get", "cache:user:1", "-q").is(t, 0, `"Ada"`, "")
}

func ttlPrints(t *testing.T, url string, rdb goredis.UniversalClient) {
	ttl := func(key string) outcome { return cacheCommand(t.Context(), url, "ttl", key, "-q") }
	rdb.Set(t.Context(), "always", "v", 0)
	rdb.Set(t.Context(), "soon", "v", 5*time.Second)
	rdb.Set(t.Context(), "minutes", "v", 5*time.Minute)
	rdb.Set(t.Context(), "days", "v", 50*time.Hour)
	ttl("always").is(t, 0, "no expiry\n", "")
	ttl("soon").like(t, 0, `(5s|4\.\d+s) \((5000|4\d\d\d) ms\)\n`, "")
	ttl("minutes").like(t, 0, `(5m0s|4m5\ds) \((300000|29\d\d\d\d) ms\)\n`, "")
	ttl("days").like(t, 0, `(2d2h0m0s|2d1h59m5\ds) \((180000000|17999\d{4}) ms\)\n`, "")
	ttl("none").is(t, 1, "", "none: there is no such key\n")
}

func forgetKeys(t *testing.T, url string, rdb goredis.UniversalClient) {
	fillKeys(t, rdb, "k:", 5)
	cacheCommand(t.Context(), url, "forget", "k:0", "k:1", "none", "-q").is(t, 0, "removed 2 of 3 keys\n", "")
	cacheCommand(t.Context(), url, "forget", "k:0", "-q").is(t, 0, "removed 0 of 1 key\n", "")
	if n := left(t, rdb, "k:*"); n != 3 {
		t.Errorf("%d keys are left, want 3", n)
	}
}

func forgetPattern(t *testing.T, url string, rdb goredis.UniversalClient) {
	forget := func(args ...string) outcome {
		return cacheCommand(t.Context(), url, append([]string{"forget", "-q", "--pattern"}, args...)...)
	}
	fillKeys(t, rdb, "cache:user:", 250)
	fillKeys(t, rdb, "cache:one:", 1)
	fillKeys(t, rdb, "session:", 10)
	found := `250 keys match cache:user:\*: cache:user:\d+, cache:user:\d+, cache:user:\d+, …\n`
	forget("cache:user:*", "--dry-run").like(t, 0, found, "")
	forget("cache:user:*", "--dry-run", "--yes").like(t, 0, found, "")
	if n := left(t, rdb, "cache:user:*"); n != 250 {
		t.Fatalf("%d keys are left after a dry run", n)
	}
	if got := forget("cache:user:*"); got.code != 2 || !strings.HasPrefix(got.stderr, "there is no terminal") {
		t.Errorf("without a terminal: %+v", got)
	}
	forget("cache:user:*", "--yes").like(t, 0, found+"removed 250 keys\n", "")
	forget("cache:user:*", "-y").is(t, 0, "no key matches cache:user:*\n", "")
	forget("cache:one:*", "-y").is(t, 0, "1 key matches cache:one:*: cache:one:0\nremoved 1 key\n", "")
	if n := left(t, rdb, "session:*"); n != 10 {
		t.Errorf("%d keys are left that do not match, want 10", n)
	}
}

func TestCacheSaysThatEmbeddedIsPrivate(t *testing.T) {
	const hint = "embedded:// is private to each process: this is an empty Redis, not that of the running app\n"
	for _, args := range [][]string{{"stats"}, {"get", "k"}, {"ttl", "k"}, {"forget", "k"}, {"forget", "--pattern", "k*", "-y"}} {
		if got := cacheCommand(t.Context(), "embedded://", args...); !strings.Contains(got.stderr, hint) {
			t.Errorf("%v: %+v", args, got)
		}
		if got := cacheCommand(t.Context(), "embedded://", append(args, "-q")...); strings.Contains(got.stderr, hint) {
			t.Errorf("%v -q: %+v", args, got)
		}
	}
}

func TestCacheWithoutAnAnswer(t *testing.T) {
	got := cacheCommand(t.Context(), "redis://127.0.0.1:1", "stats")
	got.like(t, 1, "", `cannot connect to redis \(redis://127\.0\.0\.1:1\): .*\n`)
	o := cacheOptions("embedded://")
	o.Environ = append(o.Environ, "WEB_SERVER_PORT=many")
	var stderr bytes.Buffer
	o.Stdout, o.Stderr = new(bytes.Buffer), &stderr
	if code := keryx.New(o).Run(t.Context(), []string{"cache", "stats"}); code != 1 || !strings.Contains(stderr.String(), "WEB_SERVER_PORT") {
		t.Errorf("with a setting that is wrong: exit status %d, %s", code, stderr.String())
	}
}

// TestCacheStartsRedisAlone checks that only Redis and its dependencies are started.
func TestCacheStartsRedisAlone(t *testing.T) {
	var log []string
	note := func(what string) func(context.Context, *keryx.API) error {
		return func(context.Context, *keryx.API) error { log = append(log, what); return nil }
	}
	o := cacheOptions("embedded://")
	var stdout, stderr bytes.Buffer
	o.Stdout, o.Stderr = &stdout, &stderr
	api := keryx.New(o)
	api.Use(
		keryx.Initializer{Name: "vault", Start: note("start vault"), Stop: note("stop vault")}.Part(api),
		keryx.Initializer{Name: "mailer", DependsOn: []string{"redis"}, Start: note("start mailer")}.Part(api),
	)
	var own *redis.Connections
	api.Replace(keryx.Initializer{Name: "redis", DependsOn: []string{"vault"}, Start: func(ctx context.Context, api *keryx.API) (err error) {
		log = append(log, "start redis")
		if own, err = redis.Open(ctx, "embedded://", redis.Options{}); err == nil {
			api.Redis.Client, api.Redis.Subscription = own.Client, own.Subscription
		}
		return err
	}, Stop: func(context.Context, *keryx.API) error {
		log = append(log, "stop redis")
		return own.Close()
	}}.Part(api))
	if code := api.Run(t.Context(), []string{"cache", "stats"}); code != 0 {
		t.Fatalf("exit status %d: %s", code, stderr.String())
	}
	if got := strings.Join(log, ", "); got != "start vault, start redis, stop redis, stop vault" {
		t.Error(got)
	}
}

// TestCacheForgetFails has a Redis that takes no writes.
func TestCacheForgetFails(t *testing.T) {
	server := redistest.Start(t)
	fillKeys(t, server.Client(), "k:", 3)
	server.Client().Do(t.Context(), "ACL", "SETUSER", "reader", "on", ">secret", "~*", "&*", "+@all", "-unlink")
	url := strings.Replace(server.URL(), "redis://", "redis://reader:secret@", 1)
	cacheCommand(t.Context(), url, "forget", "--pattern", "k:*", "-y").like(t, 1,
		`3 keys match k:\*: k:\d, k:\d, k:\d\n`, `0 of 3 keys removed: .*NOPERM.*\n`)
	cacheCommand(t.Context(), url, "forget", "k:1").like(t, 1, "", `0 of 1 key removed: .*NOPERM.*\n`)
}

func TestCacheForgetCannotWrite(t *testing.T) {
	server := redistest.Start(t)
	fillKeys(t, server.Client(), "k:", 3)
	full, err := os.Open(os.DevNull) // open for reading only
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = full.Close() }()
	o := cacheOptions(server.URL())
	o.Stdout, o.Stderr = full, new(bytes.Buffer)
	if code := keryx.New(o).Run(t.Context(), []string{"cache", "forget", "--pattern", "k:*", "-y"}); code != 1 {
		t.Errorf("exit status %d", code)
	}
	if n := left(t, server.Client(), "k:*"); n != 3 {
		t.Errorf("%d keys are left: keys were removed although the result could not be written", n)
	}
}
