package redis_test

import (
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
)

func TestClientSideCache(t *testing.T) {
	s := redistest.Start(t)
	c, err := redis.Open(t.Context(), s.URL(), redis.Options{ClientSideCache: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	inspect(t, c)

	client, other := c.Client.(*goredis.Client), s.Client()
	if err := other.Set(t.Context(), "key", "old", 0).Err(); err != nil {
		t.Fatal(err)
	}
	before := client.CSCStats().Hits
	for range 10 {
		if got := client.Get(t.Context(), "key").Val(); got != "old" {
			t.Fatalf("got %q", got)
		}
	}
	if hits := client.CSCStats().Hits - before; hits < 9 {
		t.Errorf("%d of 10 reads came from memory", hits)
	}
	if err := other.Set(t.Context(), "key", "new", 0).Err(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(3 * time.Second) // less than the backstop for lost news
	for client.Get(t.Context(), "key").Val() != "new" {
		if time.Now().After(deadline) {
			t.Fatal("the change was not heard of")
		}
	}
}

func TestClientSideCacheIsOffByDefault(t *testing.T) {
	c, err := redis.Open(t.Context(), redistest.Start(t).URL(), redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Client.(*goredis.Client).Options().ClientSideCacheConfig != nil {
		t.Error("it is on")
	}
}

func TestClientSideCacheRefused(t *testing.T) {
	plain := redistest.Start(t)
	untracked := redistest.Start(t, "--user", "app", "on", ">s3cret", "~*", "&*", "+@all", "-client|tracking")
	for name, test := range map[string]struct{ url, why string }{
		"another database": {plain.URL() + "/3", "database 0 only, and the URL names 3"},
		"protocol 2":       {plain.URL() + "?protocol=2", "needs protocol 3"},
		"a cluster":        {"redis+cluster://" + plain.Addr(), "the client has none for a cluster"},
		"sentinels":        {"redis+sentinel://" + plain.Addr() + "?master_name=m", "the client has none for a sentinel"},
		"no tracking":      {"redis://app:s3cret@" + untracked.Addr(), "refuses CLIENT TRACKING (an ACL has to"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := redis.Open(t.Context(), test.url, redis.Options{ClientSideCache: true})
			if err == nil {
				_ = c.Close()
				t.Fatal("it is opened")
			}
			wantText(t, err, "cannot use client-side caching with redis (", test.why, "; unset REDIS_CLIENT_SIDE_CACHE")
		})
	}
}
