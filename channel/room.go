package channel

import (
	"sync/atomic"
	"time"
)

// room is a channel that a subscriber of this node is in or about to join. Its
// fields but the audience are guarded by the feed.
type room struct {
	name, topic string
	audience    audience
	presence    attendance
	track       *track // nil: the channel has no history

	line    atomic.Pointer[line] // that it is or will be heard on; nil: not known yet
	holders int                  // joins, done or under way, that need the topic
	state   roomState            // of the present connection
	ready   chan struct{}        // closed while the state is heard
	live    bool                 // heard, on this connection or an earlier one, and not dismissed since
	missed  bool                 // messages, maybe, that were broadcast after since
	since   time.Time
}

// confirmed reports whether Redis has confirmed the topic.
func (r *room) confirmed() bool { return r.state == heard || r.state == dismissed }

// sure returns the time before which everything that was broadcast has come in.
func (r *room) sure() time.Time {
	if n := r.line.Load(); n != nil {
		return n.proofs.delivered()
	}
	return time.Now().Add(-staleTopology)
}

// roomState is what Redis has been told of a topic, and what it has confirmed.
// Nothing is asked while something is unconfirmed, so a confirmation can only
// belong to one question.
type roomState int

const (
	unheard   roomState = iota
	asked               // SUBSCRIBE is sent or about to be
	heard               // SUBSCRIBE is confirmed
	dismissed           // UNSUBSCRIBE is sent or about to be
)

// deliver gives each subscriber all of the messages before it turns to the next
// one, so that they are written together.
func (r *room) deliver(messages ...*Message) {
	for _, s := range r.audience.everyone() {
		for _, m := range messages {
			s.Deliver(m)
		}
	}
}
