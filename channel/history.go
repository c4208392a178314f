package channel

import (
	"fmt"
	"time"
)

// MaxHistory is the most messages that a channel may keep.
const MaxHistory = 10_000

// maxHistoryAge is the longest time for which a channel may keep messages.
const maxHistoryAge = 366 * 24 * time.Hour

// keepPosition is how long Redis remembers the position of a channel without
// messages. It is added to the age of the history, so that a subscriber which comes
// back later than its messages is told so.
const keepPosition = 7 * 24 * time.Hour

// History says which messages a channel keeps in Redis, for subscribers that come back
// and for pages that load. The zero History keeps none; [Last] returns others.
type History struct {
	messages int
	age      time.Duration
	set      bool
}

// Last returns the history of the last messages of a channel, none of them older than
// age. A channel keeps 1 to [MaxHistory] messages for 1 ms to 366 days; [Hub.Handle]
// panics for other numbers.
//
// Redis stores each message once, with about 100 bytes beside it.
func Last(messages int, age time.Duration) History { return History{messages, age, true} }

// Messages returns the most messages that the channel keeps. Zero: it keeps none.
func (h History) Messages() int { return h.messages }

// Age returns the longest time for which the channel keeps a message.
func (h History) Age() time.Duration { return h.age }

// String returns "last 100 messages, 1h0m0s", or "none".
func (h History) String() string {
	if !h.set {
		return "none"
	}
	return fmt.Sprintf("last %d messages, %v", h.messages, h.age)
}

// check returns what is wrong with the numbers.
func (h History) check() error {
	switch {
	case !h.set:
		return nil
	case h.messages < 1 || h.messages > MaxHistory:
		return fmt.Errorf("a history keeps 1 to %d messages, not %d", MaxHistory, h.messages)
	case h.age < time.Millisecond || h.age > maxHistoryAge:
		return fmt.Errorf("a history keeps messages for 1ms to %v, not for %v", maxHistoryAge, h.age)
	}
	return nil
}
