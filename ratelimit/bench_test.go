package ratelimit_test

import (
	"testing"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/redis"
)

// BenchmarkCheck against a single INCR, which is what a round trip costs.
func BenchmarkCheck(b *testing.B) {
	client := dial(b, redistest.Start(b).URL())
	b.Run("incr", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := client.Incr(b.Context(), "k").Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
	l := ratelimit.New(ratelimit.Options{Redis: &redis.Connections{Client: client}})
	for name, limit := range map[string]int{"allowed": 1 << 30, "refused": 1} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Check(b.Context(), "user:1", ratelimit.Rule{Limit: limit}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
