package cache

import (
	"slices"
	"time"
)

// EventKind says what happened in a [Fetch].
type EventKind uint8

// Every Fetch whose arguments are valid reports exactly one of the first five
// kinds, when it ends. The others come in addition.
const (
	// EventHit: the value was in Redis.
	EventHit EventKind = iota + 1
	// EventMiss: this call ran load. Err is load's error, or the caller's
	// context's when it left before the end.
	EventMiss
	// EventJoin: this call waited for the load of another caller or process.
	EventJoin
	// EventStale: the value was past its TTL and served all the same.
	EventStale
	// EventFailOpen: Redis could not be used, and the value came from load. Err
	// says why, or is load's error when there is one.
	EventFailOpen

	// EventCorrupt: the entry was not JSON of the wanted type and is being
	// replaced, or, with an Err, the loaded value has no JSON form that could be
	// stored.
	EventCorrupt
	// EventRejected: a loaded value was not stored. Err is nil when its key was
	// deleted during the load, which is how an invalidation should work; otherwise
	// it says what Redis answered.
	EventRejected
	// EventRefresh: a background refresh ended. Err is load's error.
	EventRefresh
)

// String returns the kind's name, such as "hit" or "fail-open".
func (k EventKind) String() string {
	switch k {
	case EventHit:
		return "hit"
	case EventMiss:
		return "miss"
	case EventJoin:
		return "join"
	case EventStale:
		return "stale"
	case EventFailOpen:
		return "fail-open"
	case EventCorrupt:
		return "corrupt"
	case EventRejected:
		return "rejected fill"
	case EventRefresh:
		return "refresh"
	}
	return "unknown"
}

// Event is something that happened in a [Fetch]; see [Observe].
type Event struct {
	Kind EventKind
	// Key is the key of the call.
	Key string
	// Duration is the time since the call began.
	Duration time.Duration
	// Err is the error that belongs to the kind, if there is one.
	Err error
}

// inTurn returns an observer that calls each of those given.
func inTurn(observers []func(Event)) func(Event) {
	if len(observers) == 1 {
		return observers[0]
	}
	all := slices.DeleteFunc(slices.Clone(observers), func(o func(Event)) bool { return o == nil })
	if len(all) == 0 {
		return nil
	}
	return func(e Event) {
		for _, observe := range all {
			observe(e)
		}
	}
}
