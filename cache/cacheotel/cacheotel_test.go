package cacheotel_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/cache/cacheotel"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// exporter is a provider with a reader, and what it has read.
type exporter struct {
	*cacheotel.Metrics
	reader *sdkmetric.ManualReader
}

func newExporter(tb testing.TB) exporter {
	tb.Helper()
	reader := sdkmetric.NewManualReader()
	m, err := cacheotel.New(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	if err != nil {
		tb.Fatal(err)
	}
	return exporter{m, reader}
}

// point is one series: its instrument and unit, its attributes, and its count.
type point struct {
	metric, unit string
	attributes   attribute.Set
	count        uint64
}

func (p point) String() string {
	var all []string
	for _, a := range p.attributes.ToSlice() {
		all = append(all, string(a.Key)+"="+a.Value.String())
	}
	return fmt.Sprintf("%s{%s} %d", p.metric, strings.Join(all, ","), p.count)
}

func (e exporter) points(tb testing.TB) []point {
	tb.Helper()
	var exported metricdata.ResourceMetrics
	if err := e.reader.Collect(context.Background(), &exported); err != nil {
		tb.Fatal(err)
	}
	var out []point
	for _, scope := range exported.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					out = append(out, point{m.Name, m.Unit, p.Attributes, p.Count})
				}
			case metricdata.Sum[int64]:
				if !data.IsMonotonic {
					tb.Errorf("%s is no counter", m.Name)
				}
				for _, p := range data.DataPoints {
					out = append(out, point{m.Name, m.Unit, p.Attributes, uint64(p.Value)})
				}
			default:
				tb.Errorf("%s is a %T", m.Name, data)
			}
		}
	}
	return out
}

// want compares what is exported with lines, in any order.
func (e exporter) want(tb testing.TB, lines ...string) {
	tb.Helper()
	var got []string
	for _, p := range e.points(tb) {
		got = append(got, p.String())
	}
	slices.Sort(got)
	slices.Sort(lines)
	if !slices.Equal(got, lines) {
		tb.Errorf("exported:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

var errLoad = errors.New("users: no such table: secret-key")

// everyEvent is at least one event of every kind, as Fetch makes them.
func everyEvent(key string) []cache.Event {
	var events []cache.Event
	for kind := cache.EventHit; kind <= cache.EventRefresh; kind++ {
		for _, err := range []error{nil, errLoad, context.Canceled, fmt.Errorf("load: %w", context.DeadlineExceeded)} {
			events = append(events, cache.Event{Kind: kind, Key: key, Duration: time.Millisecond, Err: err})
		}
	}
	return events
}

func TestEveryKindIsRecorded(t *testing.T) {
	e := newExporter(t)
	for _, event := range everyEvent("k") {
		e.Observer("")(event)
	}
	e.Observer("")(cache.Event{})
	e.Observer("")(cache.Event{Kind: 200})
	const fetch, refresh, unstored = "keryx.cache.fetch.duration", "keryx.cache.refresh.duration", "keryx.cache.unstored"
	e.want(t,
		fetch+"{keryx.cache.result=hit} 4",
		fetch+"{keryx.cache.result=miss} 1",
		fetch+"{error.type=_OTHER,keryx.cache.result=miss} 1",
		fetch+"{error.type=canceled,keryx.cache.result=miss} 1",
		fetch+"{error.type=timeout,keryx.cache.result=miss} 1",
		fetch+"{keryx.cache.result=join} 1",
		fetch+"{error.type=_OTHER,keryx.cache.result=join} 1",
		fetch+"{error.type=canceled,keryx.cache.result=join} 1",
		fetch+"{error.type=timeout,keryx.cache.result=join} 1",
		fetch+"{keryx.cache.result=stale} 4",
		fetch+"{keryx.cache.result=fail_open} 4",
		refresh+"{} 1",
		refresh+"{error.type=_OTHER} 1",
		refresh+"{error.type=canceled} 1",
		refresh+"{error.type=timeout} 1",
		unstored+"{keryx.cache.reason=corrupt} 1",
		unstored+"{keryx.cache.reason=unencodable} 3",
		unstored+"{keryx.cache.reason=deleted} 1",
		unstored+"{keryx.cache.reason=refused} 3",
	)
	for _, p := range e.points(t) {
		want := map[string]string{fetch: "s", refresh: "s", unstored: "{value}"}[p.metric]
		if p.unit != want {
			t.Errorf("%s has the unit %q, want %q", p.metric, p.unit, want)
		}
	}
}

// TestKeysAreNoAttributes exports every event of every kind, with and without a
// prefix, and looks at all attributes.
func TestKeysAreNoAttributes(t *testing.T) {
	e := newExporter(t)
	for i := range 100 {
		for _, event := range everyEvent(fmt.Sprintf("cache:user:secret-key-%d", i)) {
			e.Observer("")(event)
			e.Observer("user")(event)
		}
	}
	allowed := map[attribute.Key][]string{
		"keryx.cache.prefix": {"user"},
		"keryx.cache.result": {"hit", "miss", "join", "stale", "fail_open"},
		"keryx.cache.reason": {"corrupt", "unencodable", "deleted", "refused"},
		"error.type":         {"canceled", "timeout", "_OTHER"},
	}
	seen := map[attribute.Key]bool{}
	points := e.points(t)
	for _, p := range points {
		for _, a := range p.attributes.ToSlice() {
			seen[a.Key] = true
			if !slices.Contains(allowed[a.Key], a.Value.String()) {
				t.Errorf("%s has the attribute %s=%s", p.metric, a.Key, a.Value.String())
			}
		}
	}
	if len(seen) != len(allowed) || len(points) != 2*19 {
		t.Errorf("%d series with the attributes %v", len(points), slices.Collect(maps.Keys(seen)))
	}
}

func TestDurationsAreSeconds(t *testing.T) {
	e := newExporter(t)
	e.Observer("")(cache.Event{Kind: cache.EventHit, Duration: 80 * time.Microsecond})
	var exported metricdata.ResourceMetrics
	if err := e.reader.Collect(t.Context(), &exported); err != nil {
		t.Fatal(err)
	}
	data := exported.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[float64]).DataPoints[0]
	if data.Sum != 80e-6 {
		t.Errorf("80 µs are %v s", data.Sum)
	}
	if i := slices.Index(data.BucketCounts, 1); i < 0 || data.Bounds[i] != 100e-6 {
		t.Errorf("80 µs are in bucket %d of %v", i, data.Bounds)
	}
}

func TestFetchesAreRecorded(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		o, err := redis.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		o.ContextTimeoutEnabled = true
		rdb := redis.NewClient(o)
		defer func() { _ = rdb.Close() }()
		e := newExporter(t)
		fetch := func(key string, load func(context.Context) (string, error)) {
			// The option is made anew for every call, as a handler may do.
			_, _ = cache.Fetch(t.Context(), rdb, key, time.Minute, load, e.Observe("cache:user"))
		}
		ada := func(context.Context) (string, error) { return "Ada", nil }
		for range 3 {
			fetch("cache:user:1", ada)
		}
		fetch("cache:user:2", func(context.Context) (string, error) { return "", errLoad })
		fetch("cache:user:3", func(ctx context.Context) (string, error) {
			return "Grace", rdb.Del(ctx, "cache:user:3").Err()
		})
		rdb.Set(t.Context(), "cache:user:4", "not JSON", 0)
		fetch("cache:user:4", ada)
		rdb.LPush(t.Context(), "cache:user:5", "a list")
		fetch("cache:user:5", ada)
		e.want(t,
			"keryx.cache.fetch.duration{keryx.cache.prefix=cache:user,keryx.cache.result=hit} 2",
			"keryx.cache.fetch.duration{keryx.cache.prefix=cache:user,keryx.cache.result=miss} 3",
			"keryx.cache.fetch.duration{error.type=_OTHER,keryx.cache.prefix=cache:user,keryx.cache.result=miss} 1",
			"keryx.cache.fetch.duration{keryx.cache.prefix=cache:user,keryx.cache.result=fail_open} 1",
			"keryx.cache.unstored{keryx.cache.prefix=cache:user,keryx.cache.reason=corrupt} 1",
			"keryx.cache.unstored{keryx.cache.prefix=cache:user,keryx.cache.reason=deleted} 1",
		)
	})
}

func TestNewNeedsAProvider(t *testing.T) {
	if _, err := cacheotel.New(nil); err == nil || !strings.Contains(err.Error(), "otel.GetMeterProvider()") {
		t.Errorf("got %v", err)
	}
}
