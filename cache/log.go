package cache

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	// logPause is the least time between two lines about the same kind of event.
	logPause = 10 * time.Second
	// calm is the time without an [EventFailOpen] after which Redis counts as used
	// again: of a cluster some servers answer while others do not.
	calm = time.Second
)

// Log returns an observer, for [Observe], that writes to logger, at level warn
// and with the key, what an operator should know of: [EventFailOpen],
// [EventCorrupt], an [EventRejected] because of an error of Redis, and an
// [EventRefresh] that failed. A value that was rejected because its key was
// deleted during the load is as it should be, and is a line at level debug.
//
// Of each kind it writes one line in ten seconds at most, so that a Redis that is
// down does not fill the log: the first event is logged at once, and the first one
// after the ten seconds says in its attribute "omitted" how many came in between.
// When Redis is used again, by a call that comes a second after the last [EventFailOpen]
// or later, a line at level info says so, and how many calls did without it.
//
// The count is the observer's own, so make one and use it for all calls. A nil
// logger means [slog.Default].
func Log(logger *slog.Logger) func(Event) {
	if logger == nil {
		logger = slog.Default()
	}
	l := &eventLog{logger: logger, began: time.Now()}
	return l.observe
}

// eventLog is the state of one Log.
type eventLog struct {
	logger *slog.Logger
	began  time.Time
	valves [EventRefresh + 1]valve
	outage outage
}

func (l *eventLog) observe(e Event) {
	ctx := context.Background() // an event has none
	switch e.Kind {
	case EventFailOpen:
		l.outage.failed(time.Since(l.began))
	case EventHit, EventMiss, EventJoin, EventStale:
		if l.outage.calls.Load() == 0 { // hits do not ask for the time
			break
		}
		if calls, lasted, over := l.outage.over(time.Since(l.began)); over {
			l.logger.LogAttrs(ctx, slog.LevelInfo, "cache: redis is used again", slog.Int64("without", calls), slog.Duration("after", lasted))
		}
	}
	level, message := logLine(e)
	if message == "" || !l.logger.Enabled(ctx, level) {
		return
	}
	var omitted int64
	if level == slog.LevelWarn {
		var open bool
		if omitted, open = l.valves[e.Kind].pass(time.Since(l.began)); !open {
			return
		}
	}
	attributes := []slog.Attr{slog.String("key", e.Key), slog.Duration("after", e.Duration)}
	if e.Err != nil {
		attributes = append(attributes, slog.Any("error", e.Err))
	}
	if omitted > 0 {
		attributes = append(attributes, slog.Int64("omitted", omitted))
	}
	l.logger.LogAttrs(ctx, level, message, attributes...)
}

// logLine is what to say of an event. Most are not worth a line: "".
func logLine(e Event) (slog.Level, string) {
	switch {
	case e.Kind == EventFailOpen:
		return slog.LevelWarn, "cache: redis could not be used, so the value was loaded"
	case e.Kind == EventCorrupt && e.Err == nil:
		return slog.LevelWarn, "cache: an entry is not of the wanted type and is replaced"
	case e.Kind == EventCorrupt:
		return slog.LevelWarn, "cache: a value has no JSON form and is not stored"
	case e.Kind == EventRejected && e.Err == nil:
		return slog.LevelDebug, "cache: a key was deleted while it was loaded, so the value is not stored"
	case e.Kind == EventRejected:
		return slog.LevelWarn, "cache: redis refused to store a value"
	case e.Kind == EventRefresh && e.Err != nil:
		return slog.LevelWarn, "cache: a refresh failed, the stale value stays"
	}
	return slog.LevelDebug, ""
}

// outage counts the calls that Redis could not be used for.
type outage struct {
	calls atomic.Int64 // since it was used; 0: none
	first atomic.Int64 // when the first of them was
	last  atomic.Int64 // and the last
}

func (o *outage) failed(now time.Duration) {
	o.last.Store(int64(now))
	if o.calls.Add(1) == 1 {
		o.first.Store(int64(now))
	}
}

// over reports whether the outage has ended, to one caller. It had that many calls, and
// lasted so long.
func (o *outage) over(now time.Duration) (calls int64, lasted time.Duration, over bool) {
	calls = o.calls.Load()
	if calls == 0 || now-time.Duration(o.last.Load()) < calm || !o.calls.CompareAndSwap(calls, 0) {
		return 0, 0, false
	}
	return calls, now - time.Duration(o.first.Load()), true
}

// valve lets one event through in every logPause and counts the others.
type valve struct {
	next    atomic.Int64 // when it opens again
	omitted atomic.Int64
}

func (v *valve) pass(now time.Duration) (omitted int64, open bool) {
	next := v.next.Load()
	if int64(now) < next || !v.next.CompareAndSwap(next, int64(now+logPause)) {
		v.omitted.Add(1)
		return 0, false
	}
	return v.omitted.Swap(0), true
}
