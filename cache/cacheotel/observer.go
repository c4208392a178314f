package cacheotel

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/keryx-go/keryx/cache"
)

const (
	prefixKey = attribute.Key("keryx.cache.prefix")
	resultKey = attribute.Key("keryx.cache.result")
	reasonKey = attribute.Key("keryx.cache.reason")
	errorKey  = attribute.Key("error.type") // of the semantic conventions
)

// failure is the error.type of an event.
type failure uint8

const (
	none failure = iota
	canceled
	timeout
	other
	failures // how many there are
)

var errorTypes = [failures]string{canceled: "canceled", timeout: "timeout", other: "_OTHER"}

// results are the words for how a fetch ended.
var results = [...]string{
	cache.EventHit: "hit", cache.EventMiss: "miss", cache.EventJoin: "join", cache.EventStale: "stale",
	cache.EventFailOpen: "fail_open",
}

// reason is why a value was replaced or not stored.
type reason uint8

const (
	corrupt reason = iota
	unencodable
	deleted
	refused
	reasons // how many there are
)

var reasonNames = [reasons]string{"corrupt", "unencodable", "deleted", "refused"}

// timings are the attributes of a duration, by error.type.
type timings [failures][]metric.RecordOption

// observer records the events of the fetches of one prefix. The attributes of
// all that can happen are made once.
type observer struct {
	*Metrics
	observe func(cache.Event)
	option  cache.Option

	fetch   [len(results)]timings
	refresh timings
	lost    [reasons][]metric.AddOption
}

func newObserver(m *Metrics, prefix string) *observer {
	o := &observer{Metrics: m}
	o.observe = o.record // bound once: binding allocates
	o.option = cache.Observe(o.observe)
	var named []attribute.KeyValue
	if prefix != "" {
		named = append(named, prefixKey.String(prefix))
	}
	for kind, result := range results {
		o.fetch[kind] = newTimings(with(named, resultKey.String(result)))
	}
	o.refresh = newTimings(named)
	for r, name := range reasonNames {
		set := attribute.NewSet(with(named, reasonKey.String(name))...)
		o.lost[r] = []metric.AddOption{metric.WithAttributeSet(set)}
	}
	return o
}

func newTimings(attributes []attribute.KeyValue) (t timings) {
	for f, name := range errorTypes {
		all := attributes
		if name != "" {
			all = with(attributes, errorKey.String(name))
		}
		t[f] = []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(all...))}
	}
	return t
}

// with returns a copy with one more: nothing that is kept is shared.
func with(attributes []attribute.KeyValue, one attribute.KeyValue) []attribute.KeyValue {
	return append(slices.Clone(attributes), one)
}

// record is the observer.
func (o *observer) record(e cache.Event) {
	switch e.Kind {
	case cache.EventMiss, cache.EventJoin:
		o.time(o.fetches, &o.fetch[e.Kind], e.Duration, e.Err)
	case cache.EventHit, cache.EventStale, cache.EventFailOpen:
		// A hit's error is the absence that NotFound remembers, and that of a
		// fail-open may be Redis's while the value came.
		o.time(o.fetches, &o.fetch[e.Kind], e.Duration, nil)
	case cache.EventRefresh:
		o.time(o.refreshes, &o.refresh, e.Duration, e.Err)
	case cache.EventCorrupt:
		o.count(corrupt, unencodable, e.Err)
	case cache.EventRejected:
		o.count(deleted, refused, e.Err)
	}
}

func (o *observer) time(h metric.Float64Histogram, t *timings, d time.Duration, err error) {
	ctx := context.Background() // an event has none
	if h.Enabled(ctx) {
		h.Record(ctx, d.Seconds(), t[classify(err)]...)
	}
}

// count counts a value that was lost, for one of two reasons.
func (o *observer) count(withoutError, withError reason, err error) {
	ctx := context.Background()
	if !o.unstored.Enabled(ctx) {
		return
	}
	why := withoutError
	if err != nil {
		why = withError
	}
	o.unstored.Add(ctx, 1, o.lost[why]...)
}

// classify turns an error into one of few words: an attribute is not to hold
// what an error says, which may be a key.
func classify(err error) failure {
	if err == nil {
		return none
	}
	var deadline interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return canceled
	case errors.As(err, &deadline) && deadline.Timeout():
		return timeout
	}
	return other
}
