package cacheotel_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/cache/cacheotel"
	"github.com/keryx-go/keryx/internal/redistest"
)

// unread are providers without a reader.
func unread() map[string]metric.MeterProvider {
	return map[string]metric.MeterProvider{
		"noop": noop.NewMeterProvider(), "global": otel.GetMeterProvider(), "sdk without readers": sdkmetric.NewMeterProvider(),
	}
}

func TestNoCostWithoutAReader(t *testing.T) {
	for name, provider := range unread() {
		t.Run(name, func(t *testing.T) {
			m, err := cacheotel.New(provider)
			if err != nil {
				t.Fatal(err)
			}
			events := everyEvent("k")
			m.Observe("user")
			allocs := testing.AllocsPerRun(1000, func() {
				for _, e := range events {
					_ = m.Observe("user")
					m.Observer("user")(e)
				}
			})
			if allocs != 0 {
				t.Errorf("%v allocations for %d events", allocs, len(events))
			}
		})
	}
}

func TestRecordingDoesNotAllocate(t *testing.T) {
	e := newExporter(t)
	observe := e.Observer("user")
	hit := cache.Event{Kind: cache.EventHit, Key: "k", Duration: time.Millisecond}
	observe(hit)
	if n := testing.AllocsPerRun(1000, func() { observe(hit) }); n != 0 {
		t.Errorf("%v allocations for a hit that is recorded", n)
	}
}

// TestPrefixesFromManyGoroutines makes observers of the same and of new prefixes
// at the same time.
func TestPrefixesFromManyGoroutines(t *testing.T) {
	e := newExporter(t)
	prefixes := []string{"", "a", "b", "c", "d", "e"}
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() { e.Observer(prefixes[i%len(prefixes)])(cache.Event{Kind: cache.EventHit}) })
	}
	all.Wait()
	points := e.points(t)
	if len(points) != len(prefixes) || slices.ContainsFunc(points, func(p point) bool { return p.count != 10 }) {
		t.Errorf("exported %v", points)
	}
}

func BenchmarkObserve(b *testing.B) {
	providers := unread()
	providers["read"] = sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	for name, provider := range providers {
		b.Run(name, func(b *testing.B) {
			m, err := cacheotel.New(provider)
			if err != nil {
				b.Fatal(err)
			}
			observe := m.Observer("user")
			hit := cache.Event{Kind: cache.EventHit, Key: "k", Duration: time.Millisecond}
			b.ReportAllocs()
			for b.Loop() {
				observe(hit)
			}
		})
	}
}

// BenchmarkHit is a hit through Fetch without an observer, with one whose provider
// has no reader, and with one that is read.
func BenchmarkHit(b *testing.B) {
	rdb := redis.NewClient(&redis.Options{Addr: redistest.Start(b).Addr(), ContextTimeoutEnabled: true})
	defer func() { _ = rdb.Close() }()
	idle, err := cacheotel.New(sdkmetric.NewMeterProvider())
	if err != nil {
		b.Fatal(err)
	}
	load := func(context.Context) (int, error) { return 1, nil }
	for _, c := range []struct {
		name string
		opts []cache.Option
	}{
		{"no observer", nil},
		{"unread", []cache.Option{idle.Observe("user")}},
		{"read", []cache.Option{newExporter(b).Observe("user")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := cache.Fetch(b.Context(), rdb, "k", time.Minute, load, c.opts...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
