package channel

import "context"

// room is a channel that a subscriber of this node is in or about to join. Its
// fields but the audience are guarded by the feed.
type room struct {
	name, topic string
	audience    audience

	holders int           // joins, done or under way, that need the topic
	state   roomState     // of the present connection
	ready   chan struct{} // closed while the state is heard
	missed  bool          // messages, maybe, since the connection broke
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

// acquire returns the room of a channel when Redis has confirmed that this node
// hears it. Every acquire that succeeds is followed by one release.
func (f *feed) acquire(ctx context.Context, name string) (*room, error) {
	topic := f.keys.topic(name)
	f.mu.Lock()
	r := f.rooms[topic]
	if r == nil {
		r = &room{name: name, topic: topic, ready: make(chan struct{})}
		f.rooms[topic] = r
	}
	r.holders++
	f.settle(r)
	ready := r.ready
	f.mu.Unlock()

	select {
	case <-ready:
		return r, nil
	default:
	}
	select {
	case <-ready:
		return r, nil
	case <-ctx.Done():
		f.release(r)
		return nil, context.Cause(ctx)
	}
}

// release gives a room back. After the last one, Redis is told.
func (f *feed) release(r *room) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r.holders--
	f.settle(r)
}

// settle does the next thing that is due for a room. The lock is held.
func (f *feed) settle(r *room) {
	switch {
	case r.state == unheard && r.holders == 0:
		delete(f.rooms, r.topic)
	case !f.up: // the next connection asks for everything at once
	case r.state == unheard:
		r.state = asked
		f.ask = append(f.ask, r.topic)
		f.stir()
	case r.state == heard && r.holders == 0:
		r.state = dismissed
		r.ready = make(chan struct{})
		f.dismiss = append(f.dismiss, r.topic)
		f.stir()
	}
}

// confirmed takes Redis' word that a topic is subscribed to, or no more.
func (f *feed) confirmed(kind, topic string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rooms[topic]
	switch {
	case r == nil:
		return
	case kind == "subscribe" && r.state == asked:
		r.state = heard
		close(r.ready)
	case kind == "unsubscribe" && r.state == dismissed:
		r.state = unheard
	}
	f.settle(r)
}
