// Package cacheotel counts and times what package cache does, as OpenTelemetry
// metrics. It is apart from cache so that only programs that import it have
// OpenTelemetry in them.
//
//	metrics, err := cacheotel.New(provider)
//	…
//	user, err := cache.Fetch(ctx, rdb, key, time.Minute, load, metrics.Observe("cache:user"))
//
// # Instruments
//
//	keryx.cache.fetch.duration    histogram, s        every Fetch, by keryx.cache.result: hit, miss,
//	                                                  join, stale or fail_open
//	keryx.cache.refresh.duration  histogram, s        every background refresh of a stale value
//	keryx.cache.unstored          counter, {value}    by keryx.cache.reason: corrupt (an entry was not of the
//	                                                  wanted type and is replaced), unencodable (a loaded value
//	                                                  has no JSON form), deleted (its key was deleted during the
//	                                                  load, as an invalidation should work), refused (by Redis)
//
// The count of a histogram is how many there were, so a hit ratio is the count of
// hits by the count of all. What the kinds mean, [cache.EventKind] says.
//
// # Attributes
//
// keryx.cache.prefix is the prefix that the caller names, and is not there when
// none is named. error.type is on misses, joins and refreshes that ended with an
// error, load's or the caller's context's: canceled, timeout, or _OTHER. A key is
// never an attribute, nor is what an error says.
package cacheotel

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/metric"

	"github.com/keryx-go/keryx/cache"
)

const scope = "github.com/keryx-go/keryx/cache/cacheotel"

// Metrics are the instruments of one meter provider. Make one for a program.
type Metrics struct {
	fetches   metric.Float64Histogram
	refreshes metric.Float64Histogram
	unstored  metric.Int64Counter

	mu        sync.Mutex // of changes; readers take none
	observers atomic.Pointer[map[string]*observer]
}

// New returns the metrics of a provider, such as [go.opentelemetry.io/otel.GetMeterProvider].
// It fails when provider is nil or refuses an instrument.
//
// With a provider that has no reader, such as the global one while none is set,
// an event costs a few nanoseconds and no memory.
func New(provider metric.MeterProvider) (*Metrics, error) {
	if provider == nil {
		return nil, errors.New("cacheotel: the meter provider is nil: pass otel.GetMeterProvider() for the global one")
	}
	meter := provider.Meter(scope)
	var m Metrics
	var errs [3]error
	m.fetches, errs[0] = meter.Float64Histogram("keryx.cache.fetch.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of fetches through the cache."),
		// A hit takes some 50 µs on loopback, and a load any time.
		metric.WithExplicitBucketBoundaries(
			.000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10))
	m.refreshes, errs[1] = meter.Float64Histogram("keryx.cache.refresh.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of background refreshes of stale values."),
		metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30))
	m.unstored, errs[2] = meter.Int64Counter("keryx.cache.unstored", metric.WithUnit("{value}"),
		metric.WithDescription("Entries that were replaced, and loaded values that were not stored."))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("cacheotel: cannot make the instruments: %w", err)
	}
	m.observers.Store(&map[string]*observer{})
	return &m, nil
}

// Observe returns an option of [cache.Fetch] that records its events, with prefix
// as an attribute, or without it when prefix is "". It may be called for every
// Fetch: a prefix that was seen before costs no allocation.
//
// Every prefix is kept and makes series of its own, so it is to be one of a few
// names that stand in the program, never a key nor any other data.
func (m *Metrics) Observe(prefix string) cache.Option { return m.observer(prefix).option }

// Observer returns what [Metrics.Observe] makes an option of, for combining it
// with other observers: cache.Observe(metrics.Observer("user"), cache.Log(logger)).
func (m *Metrics) Observer(prefix string) func(cache.Event) { return m.observer(prefix).observe }

func (m *Metrics) observer(prefix string) *observer {
	if o := (*m.observers.Load())[prefix]; o != nil {
		return o
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	known := *m.observers.Load()
	if o := known[prefix]; o != nil {
		return o
	}
	grown := make(map[string]*observer, len(known)+1)
	for name, o := range known {
		grown[name] = o
	}
	o := newObserver(m, prefix)
	grown[prefix] = o
	m.observers.Store(&grown)
	return o
}
