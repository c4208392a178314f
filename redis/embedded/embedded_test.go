package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/redis"
	_ "github.com/keryx-go/keryx/redis/embedded"
)

func Example() {
	ctx := context.Background()
	c, err := redis.Open(ctx, "embedded://", redis.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	c.Client.Set(ctx, "greeting", "hello", time.Minute)
	fmt.Println(c.Client.Get(ctx, "greeting").Val(), c.Embedded())
	// Output: hello true
}

func open(t *testing.T, url string) *redis.Connections {
	t.Helper()
	c, err := redis.Open(t.Context(), url, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func set(t *testing.T, c *redis.Connections, key, value string, ttl time.Duration) {
	t.Helper()
	if err := c.Client.Set(t.Context(), key, value, ttl).Err(); err != nil {
		t.Fatal(err)
	}
}

func has(t *testing.T, c *redis.Connections, key string) bool {
	t.Helper()
	n, err := c.Client.Exists(t.Context(), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	return n == 1
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestEachOpenHasItsOwn(t *testing.T) {
	a, b := open(t, "embedded://"), open(t, "embedded://")
	if n := a.Client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("opening left %d keys behind", n)
	}
	set(t, a, "k", "v", 0)
	if has(t, b, "k") {
		t.Error("the second server sees the first one's key")
	}
	d := a.Describe(t.Context())
	if d.Kind != redis.Embedded || !strings.HasPrefix(d.String(), "embedded at 127.0.0.1:") {
		t.Errorf("Describe: %s", d)
	}
	if err := a.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	if a.URL() != "embedded://" {
		t.Errorf("URL() is %s", a.URL())
	}
}

func TestNameIsShared(t *testing.T) {
	a, b := open(t, "embedded://shared"), open(t, "embedded://shared/0?pool_size=3")
	other := open(t, "embedded://other")
	set(t, a, "k", "v", 0)
	if !has(t, b, "k") || has(t, other, "k") {
		t.Error("the key is not where it belongs")
	}
	for range 2 { // a second Close must not count as b's
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !has(t, b, "k") {
		t.Error("the server ended with its first user")
	}
	b.Close()
	if c := open(t, "embedded://shared"); has(t, c, "k") {
		t.Error("the server outlived its last user")
	}
}

func TestNameIsSharedByManyAtOnce(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				c, err := redis.Open(t.Context(), "embedded://busy", redis.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := c.Client.Incr(t.Context(), "n").Err(); err != nil {
					t.Error(err)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestPort(t *testing.T) {
	port := freePort(t)
	c := open(t, "embedded://named:"+port+"/2")
	set(t, c, "k", "v", 0)

	outside := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:" + port, DB: 2})
	defer outside.Close()
	if v, err := outside.Get(t.Context(), "k").Result(); v != "v" || err != nil {
		t.Errorf("from outside: %q, %v", v, err)
	}
	for url, want := range map[string]string{
		"embedded://:" + port: "address already in use",
		"embedded://named:1":  `the embedded server "named" listens on port ` + port + " already",
	} {
		if _, err := redis.Open(t.Context(), url, redis.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", url, err, want)
		}
	}
	if c := open(t, "embedded://named"); has(t, c, "k") {
		t.Error("database 0 has the key of database 2")
	}
}

func TestRefused(t *testing.T) {
	for url, want := range map[string]string{
		"embedded://":              "refused in production",
		"embedded://?force=yes":    "refused in production",
		"embedded://u:s3cret@":     "has no users",
		"embedded:///x?force=true": "invalid database number",
	} {
		_, err := redis.Open(t.Context(), url, redis.Options{Production: true})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v, want %q", url, err, want)
		}
	}
	c, err := redis.Open(t.Context(), "embedded://?force=true", redis.Options{Production: true})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestChannels(t *testing.T) {
	c := open(t, "embedded://")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	s := c.Subscription.Subscribe(ctx, "channel")
	defer s.Close()
	if _, err := s.Receive(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.Client.Publish(ctx, "channel", "hello").Err(); err != nil {
		t.Fatal(err)
	}
	if m, err := s.ReceiveMessage(ctx); err != nil || m.Payload != "hello" {
		t.Fatalf("received %v, %v", m, err)
	}
}

// Reads alone, without a command that moves the time at once, see a key go.
func TestTTLRunsUnderReads(t *testing.T) {
	c := open(t, "embedded://")
	const ttl = 100 * time.Millisecond
	began := time.Now()
	set(t, c, "k", "v", ttl)
	deadline := began.Add(5 * time.Second)
	for {
		before := time.Now()
		err := c.Client.Get(t.Context(), "k").Err()
		if errors.Is(err, goredis.Nil) {
			break
		}
		if err != nil || before.After(deadline) {
			t.Fatalf("the key is still there: %v", err)
		}
		if late := before.Sub(began.Add(ttl)); late > time.Second {
			t.Fatalf("the key outlives its TTL by %v", late)
		}
	}
	if took := time.Since(began); took < ttl {
		t.Errorf("the key went after %v, its TTL is %v", took, ttl)
	}
}

// A script calls commands with the server's lock held, from several connections
// at a time.
func TestScripts(t *testing.T) {
	c := open(t, "embedded://")
	script := goredis.NewScript(`redis.call("SET", KEYS[1], redis.call("INCR", KEYS[2])) return redis.call("GET", KEYS[1])`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if err := script.Run(t.Context(), c.Client, []string{"k", "n"}).Err(); err != nil {
					t.Error(err)
					return
				}
				if err := c.Client.Get(t.Context(), "k").Err(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if n := c.Client.Get(t.Context(), "n").Val(); n != "400" {
		t.Errorf("the counter is %s after 400 scripts", n)
	}
}

// BenchmarkGet shows what the number of keys costs a read.
func BenchmarkGet(b *testing.B) {
	for _, keys := range []int{0, 1_000, 10_000} {
		b.Run(fmt.Sprint(keys, " keys"), func(b *testing.B) {
			c, err := redis.Open(b.Context(), "embedded://", redis.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			fill := make([]any, 0, 2*keys+2)
			for i := range keys + 1 {
				fill = append(fill, fmt.Sprint("k:", i), "v")
			}
			if err := c.Client.MSet(b.Context(), fill...).Err(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := c.Client.Get(b.Context(), "k:0").Err(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestNoClientSideCache(t *testing.T) {
	c, err := redis.Open(t.Context(), "embedded://", redis.Options{ClientSideCache: true})
	if err == nil {
		_ = c.Close()
		t.Fatal("it is opened")
	}
	if want := "cannot use client-side caching with redis (embedded://): the embedded Redis does not tell clients what changed; unset REDIS_CLIENT_SIDE_CACHE"; err.Error() != want {
		t.Errorf("got %v", err)
	}
}
