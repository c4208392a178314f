package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/internal/redistest"
)

// BenchmarkInvalidation measures what an invalidation costs by key, by pattern and by
// version, in a database with so many keys that have nothing to do with it: the
// caller's time, and how long Redis is busy and serves no other client. The table in
// docs/caching.md is made of its results.
func BenchmarkInvalidation(b *testing.B) {
	rdb := redistest.Start(b).Client()
	there := 0
	for _, others := range []int{1_000, 100_000, 1_000_000} {
		fill(b, rdb, "other:", there, others)
		there = others
		b.Run(fmt.Sprintf("others=%d/Del", others), func(b *testing.B) {
			fill(b, rdb, "cache:user:", 0, b.N)
			defer busy(b, rdb, "del")()
			b.ResetTimer()
			for i := range b.N {
				if n, err := rdb.Del(b.Context(), "cache:user:"+strconv.Itoa(i)).Result(); n != 1 || err != nil {
					b.Fatal(n, err)
				}
			}
		})
		b.Run(fmt.Sprintf("others=%d/ForgetPattern", others), func(b *testing.B) {
			defer busy(b, rdb, "scan", "unlink", "dbsize")()
			for range b.N {
				b.StopTimer()
				fill(b, rdb, "cache:user:", 0, 10)
				b.StartTimer()
				if n, err := cache.ForgetPattern(b.Context(), rdb, "cache:user:*"); n != 10 || err != nil {
					b.Fatal(n, err)
				}
			}
		})
		b.Run(fmt.Sprintf("others=%d/Bump", others), func(b *testing.B) {
			defer busy(b, rdb, "evalsha")()
			for range b.N {
				if _, err := cache.Bump(b.Context(), rdb, "version:users"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// busy begins to measure the time that Redis spends on some commands. What it
// returns reports it.
func busy(b *testing.B, rdb *redis.Client, commands ...string) (report func()) {
	b.Helper()
	if err := rdb.ConfigResetStat(b.Context()).Err(); err != nil {
		b.Fatal(err)
	}
	return func() {
		stats := rdb.InfoMap(b.Context(), "commandstats")
		var total float64
		for _, command := range commands {
			_, line, _ := strings.Cut(stats.Item("Commandstats", "cmdstat_"+command), "usec=")
			text, _, _ := strings.Cut(line, ",")
			usec, err := strconv.ParseFloat(text, 64)
			if err != nil {
				b.Fatalf("how long %s took: %v", command, err)
			}
			total += usec
		}
		b.ReportMetric(total/float64(b.N), "redis-µs/op")
	}
}

// BenchmarkVersionedHit measures what a version in the key adds to every read.
func BenchmarkVersionedHit(b *testing.B) {
	rdb := redistest.Start(b).Client()
	load := func(context.Context) (User, error) {
		return User{ID: 1, Name: "Ada", Email: "ada@example.com"}, nil
	}
	b.Run("Fetch", func(b *testing.B) {
		for range b.N {
			if _, err := cache.Fetch(b.Context(), rdb, "cache:user:1", time.Minute, load); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Version+Fetch", func(b *testing.B) {
		for range b.N {
			version, err := cache.Version(b.Context(), rdb, "version:users")
			if err != nil {
				b.Fatal(err)
			}
			key := fmt.Sprintf("cache:user:v%d:1", version)
			if _, err := cache.Fetch(b.Context(), rdb, key, time.Minute, load); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// fillScript makes the keys with the numbers ARGV[2] to ARGV[3].
var fillScript = redis.NewScript(`
for i = ARGV[2], ARGV[3] do redis.call('SET', ARGV[1] .. string.format('%.0f', i), '{"id":1,"name":"Ada"}') end`)

// fill makes the keys of a prefix with the numbers from begin up to end.
func fill(tb testing.TB, rdb *redis.Client, prefix string, begin, end int) {
	tb.Helper()
	for ; begin < end; begin += 10_000 {
		err := fillScript.Run(tb.Context(), rdb, nil, prefix, begin, min(end, begin+10_000)-1).Err()
		if err != nil && err != redis.Nil {
			tb.Fatal(err)
		}
	}
}
