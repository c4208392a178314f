package cache_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
)

// TestLostReplies: a script ran and its reply never came, because the network was
// silent or the connection broke, with a client that tries again and with one that
// does not. The value is right, and no lease stays.
func TestLostReplies(t *testing.T) {
	slow.Skip(t, "it waits for timeouts")
	t.Parallel()
	s := redistest.Start(t)
	direct := s.Client()
	for name, sha := range map[string]string{"lease": setNXGet, "lease by script": cache.AcquireSHA, "fill": cache.FillSHA, "unlock": cache.ReleaseSHA} {
		for _, reset := range []bool{false, true} {
			for _, retries := range []int{-1, 3} {
				t.Run(fmt.Sprintf("%s/reset=%t/retries=%d", name, reset, retries), func(t *testing.T) {
					p := newProxy(t, s.Addr())
					rdb := dial(t, p.url(), func(o *redis.Options) { o.MaxRetries = retries })
					if sha == cache.AcquireSHA {
						cache.ScriptsOnly(rdb)
					}
					lostReply(t, p, rdb, direct, sha, reset, retries > 0)
				})
			}
		}
	}
}

// setNXGet is a part of the command that acquires a lease on Redis 7.
const setNXGet = "$2\r\nNX\r\n"

func lostReply(t *testing.T, p *proxy, rdb, direct *redis.Client, sha string, reset, retries bool) {
	warm(t, rdb)
	direct.Del(t.Context(), "k")
	p.dropReply(sha, reset)
	budget := 500 * time.Millisecond // a silent network costs all of it
	if reset {
		budget = time.Minute
	}
	const lease = 10 * time.Second
	loads, seen := 0, &events{}
	fetch := func() (string, error) {
		return cache.Fetch(t.Context(), rdb, "k", time.Minute, func(context.Context) (string, error) {
			loads++
			if sha == cache.ReleaseSHA && loads == 1 {
				return "", errLoad
			}
			return "v", nil
		}, cache.Budget(budget), cache.Lease(lease), seen.observe())
	}
	began := time.Now()
	got, err := fetch()
	if reset && retries {
		seen.want(t, cache.EventMiss) // asked again, it went well
	}
	if sha == cache.ReleaseSHA {
		if !errors.Is(err, errLoad) {
			t.Fatal(err)
		}
	} else if err != nil || got != "v" {
		t.Fatalf("%q, %v", got, err)
	}
	if took := time.Since(began); took >= lease {
		t.Fatalf("took %v", took)
	}
	if p.losses() != 1 {
		t.Fatal("no reply was lost: the test tests nothing")
	}
	// No caller has to wait for the lease to end.
	began = time.Now()
	eventually.True(t, "the next callers' value", func() bool {
		got, err := fetch()
		return err == nil && got == "v" && direct.Get(t.Context(), "k").Val() == `"v"`
	})
	if took := time.Since(began); took >= lease {
		t.Fatalf("recovery took %v", took)
	}
}

// warm has the server know every script, so that the hashes go over the wire.
func warm(t *testing.T, rdb *redis.Client) {
	t.Helper()
	must[int](t)(cache.Fetch(t.Context(), rdb, "warm", time.Minute, func(context.Context) (int, error) { return 1, nil }))
	_, _ = cache.Fetch(t.Context(), rdb, "warm-error", time.Minute, func(context.Context) (int, error) { return 0, errLoad })
	rdb.Del(t.Context(), "warm")
}

// TestLostRefreshReplies: the same for the scripts of a refresh.
func TestLostRefreshReplies(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := newProxy(t, s.Addr())
	rdb, direct := dial(t, p.url()), s.Client()
	load := func(context.Context) (string, error) { return "new", nil }
	fetch := func() string {
		return must[string](t)(cache.Fetch(t.Context(), rdb, "k", time.Minute, load,
			cache.Stale(time.Minute), cache.Budget(200*time.Millisecond), cache.Lease(5*time.Second)))
	}
	for _, sha := range []string{cache.MarkSHA, cache.FillSHA} {
		for range 2 { // the first round has the server know the scripts
			direct.Set(t.Context(), "k", `"old"`, 30*time.Second)
			p.dropReply(sha, false)
			eventually.True(t, "the new value", func() bool { return fetch() == "new" && raw(t, direct, "k") == `"new"` })
		}
	}
	if p.losses() < 2 {
		t.Fatal("no reply was lost: the test tests nothing")
	}
}
