package cache

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// logPause is the least time between two lines about the same kind of event.
const logPause = 10 * time.Second

// Log returns an observer, for [Observe], that writes to logger, at level warn
// and with the key, what an operator should know of: [EventFailOpen],
// [EventCorrupt], an [EventRejected] because of an error of Redis, and an
// [EventRefresh] that failed. A value that was rejected because its key was
// deleted during the load is as it should be, and is a line at level debug.
//
// Of each kind it writes one line in ten seconds at most, so that a Redis that is
// down does not fill the log: the first event is logged at once, and the first one
// after the ten seconds says in its attribute "omitted" how many came in between.
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
}

func (l *eventLog) observe(e Event) {
	ctx := context.Background() // an event has none
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
