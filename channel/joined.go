package channel

import "context"

// Rejoin says where a subscriber goes on, in [Hub.JoinAfter].
type Rejoin struct {
	// After is the position of the last message that the subscriber got, or the
	// Position of its last [Joined]. "" means that it has none.
	After string
	// MaxHeld bounds the messages that wait until [Joined.Release], in bytes of
	// their frames. Zero: [DefaultMaxHeld].
	MaxHeld int
	// TooSlow, if set, is called when more waits. The subscriber gets no more
	// messages of the channel, so its connection is to be closed. TooSlow must return
	// at once and must not call the hub.
	TooSlow func()
}

// DefaultMaxHeld is the default of [Rejoin.MaxHeld].
const DefaultMaxHeld = 1 << 20

// Joined is a subscriber in a channel, after [Hub.JoinAfter].
type Joined struct {
	// Position is where the subscriber goes on: it gets every message after it, once
	// it has Missed. It is "" when the channel has no history, and when the
	// subscriber was in the channel already.
	Position string
	// Recovered reports whether Missed is everything that was broadcast after
	// Rejoin.After. If not, something is lost to the subscriber: its position is too
	// old, or Redis has lost the history.
	Recovered bool
	// Missed are the messages to send before [Joined.Release], oldest first. They are
	// shared and must not be changed.
	Missed []*Message
	// Already reports that the subscriber was in the channel. It goes on as before.
	Already bool

	held *held // nil: nothing waits
}

// attach adds a subscriber to a room, which is not in it yet. With a rejoin, the
// messages of a channel with a history wait.
func attach(ctx context.Context, a archive, r *room, s Subscriber, rejoin *Rejoin) (*Joined, error) {
	if r.track == nil {
		r.audience.add(s)
		return &Joined{}, nil
	}
	if !r.track.known() {
		p, err := a.last(ctx, r.name, r.track.keep, 0)
		if err != nil {
			return nil, err
		}
		r.track.begin(p.position)
	}
	if rejoin == nil {
		return &Joined{Position: r.track.attach(s)}, nil
	}
	h := newHeld(s, rejoin)
	return &Joined{Position: r.track.attach(h), held: h}, nil
}

// recover reads what the subscriber has missed before it was attached.
func (j *Joined) recover(ctx context.Context, a archive, r *room, rejoin *Rejoin) error {
	if j.held == nil || rejoin.After == "" {
		return nil
	}
	p, err := a.after(ctx, r.name, r.track.keep, rejoin.After)
	if err != nil {
		return err
	}
	if isAfter(j.Position, p.position) {
		return nil // the node has delivered messages that Redis has lost
	}
	r.track.skip(j.held, p.position)
	j.Position = p.position
	if p.complete {
		j.Missed, j.Recovered = p.messages, true
	}
	return nil
}

// Release delivers the messages that have come since the subscriber joined, and from
// then on each as it comes. It does nothing when the subscriber has left.
func (j *Joined) Release() {
	if j.held != nil {
		j.held.release()
	}
}
