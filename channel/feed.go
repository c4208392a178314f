package channel

import (
	"context"
	"log/slog"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// feed is what a node hears from Redis: the topics of the rooms that it has. It
// has one connection at a time (see link.go) and one goroutine that reads it, so
// that messages are delivered in the order of Redis.
type feed struct {
	client goredis.UniversalClient
	keys   keyspace
	log    *slog.Logger
	onUp   func()       // a connection is up, for the first time or again
	onNew  func()       // a node is there that was not before
	onGap  func(Gap)    // before the first message after a gap
	onHole func(*track) // messages are missing that a history may have
	first  chan struct{}
	proofs *proofs
	gaps   sync.Mutex // held while one is reported

	mu           sync.Mutex
	rooms        map[string]*room // by topic
	up           bool             // ask and dismiss will be read
	ask, dismiss []string
	wake         chan struct{}
	link         *link     // the connection, once it is confirmed
	since        time.Time // of a gap that the next connection ends
	doubted      doubt     // a gap of the connection that is there
	lastErr      error
}

func newFeed(o Options, keys keyspace, node string, onUp func(), onGap func(Gap)) *feed {
	return &feed{
		client: o.Redis.Subscription, keys: keys, log: o.Logger, onUp: onUp, onGap: onGap, proofs: newProofs(node, keys.tagged),
		first: make(chan struct{}), wake: make(chan struct{}, 1), rooms: map[string]*room{},
	}
}

// started waits for the first connection.
func (f *feed) started(ctx context.Context) error {
	select {
	case <-f.first:
		return nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lastErr != nil {
		return f.lastErr
	}
	return context.Cause(ctx)
}

// wanted begins a connection: it returns every topic that is to be subscribed
// to, and has what comes later queued.
func (f *feed) wanted() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.up, f.ask, f.dismiss = true, nil, nil
	topics := make([]string, 0, len(f.rooms))
	for topic, r := range f.rooms {
		r.state = asked
		topics = append(topics, topic)
	}
	return topics
}

// queued returns what to tell Redis.
func (f *feed) queued() (ask, dismiss []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ask, dismiss = f.ask, f.dismiss
	f.ask, f.dismiss = nil, nil
	return ask, dismiss
}

// lost ends a connection. Its rooms wait for the next one.
func (f *feed) lost(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.up, f.link, f.ask, f.dismiss, f.lastErr = false, nil, nil, nil, err
	if sure := f.proofs.lost(); f.since.IsZero() {
		f.since = sure
	}
	f.since, f.doubted = f.doubted.from(f.since), doubt{}
	for topic, r := range f.rooms {
		if r.holders == 0 {
			delete(f.rooms, topic)
			continue
		}
		r.presence.doubt()
		if r.state == heard {
			r.ready = make(chan struct{})
		}
		r.live = r.live && r.state != dismissed
		if r.missed = r.live; !r.live && r.track != nil {
			r.track.reset()
		}
		r.state = unheard
	}
}

// restored is called when Redis has confirmed the first topic of a new
// connection. It runs the SUBSCRIBE of all of them as one, so from now on
// nothing is missed.
func (f *feed) restored(l *link) {
	f.mu.Lock()
	gap := Gap{Since: f.since, Until: time.Now()}
	tracks := gap.add(f.rooms, func(r *room) bool { return r.missed })
	for _, r := range f.rooms {
		r.missed = false
	}
	f.since, f.lastErr = time.Time{}, nil
	l.number = f.proofs.connected(l.began)
	f.link = l
	f.mu.Unlock()

	select {
	case <-f.first:
		f.log.Info("channel: connected to redis again", "channels", len(gap.Channels), "since", gap.Since)
	default:
		close(f.first)
	}
	f.close(gap, tracks)
	f.onUp()
}

// leave closes the connection of a number, if it is still there.
func (f *feed) leave(number int, why error) {
	f.mu.Lock()
	l := f.link
	f.mu.Unlock()
	if l != nil && l.number == number {
		l.end(why)
	}
}

// proofTopic is where this node publishes proofs. In a cluster only it needs to
// hear them, on the topic of its connection; while there is none it is "".
func (f *feed) proofTopic() string {
	if !f.keys.tagged {
		return f.keys.proofs()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.link == nil {
		return ""
	}
	return f.link.control
}

// handleOther takes a message of a topic that no room has.
func (f *feed) handleOther(l *link, topic, payload string) {
	if topic != l.control && topic != f.keys.proofs() {
		return // the last one has just left
	}
	p, err := decodeProof([]byte(payload))
	if err != nil {
		f.log.Warn("channel: dropped a proof that is none", "error", err)
		return
	}
	v := f.proofs.heard(p)
	if v.missing {
		f.doubt(v.since)
	}
	if v.greet {
		f.onNew()
	}
}

// handle takes a message from Redis.
func (f *feed) handle(l *link, topic, payload string) {
	r := f.room(topic)
	if r == nil {
		f.handleOther(l, topic, payload)
		return
	}
	decode := decodeAll
	if r.track != nil {
		decode = decodeKept
	}
	messages, err := decode(r.name, []byte(payload))
	if err != nil {
		f.log.Warn("channel: dropped a message that is none of ours", "channel", r.name, "error", err)
		return
	}
	r.presence.take(messages...)
	if r.track != nil {
		r.track.take(messages...)
	} else {
		r.deliver(messages...)
	}
}

// deliver hands a message to the subscribers of its channel on this node.
func (f *feed) deliver(m *Message) {
	if r := f.room(f.keys.topic(m.Channel)); r != nil {
		r.deliver(m)
	}
}

// room returns the room of a topic, or nil.
func (f *feed) room(topic string) *room {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rooms[topic]
}

// presence returns the members of a channel that its subscribers on this node know of, or nil.
func (f *feed) presence(name string) *attendance {
	if r := f.room(f.keys.topic(name)); r != nil {
		return &r.presence
	}
	return nil
}

// acquire returns the room of a channel when Redis has confirmed that this node
// hears it. Every acquire that succeeds is followed by one release.
func (f *feed) acquire(ctx context.Context, name string, keep History) (*room, error) {
	topic := f.keys.topic(name)
	f.mu.Lock()
	r := f.rooms[topic]
	if r == nil {
		r = &room{name: name, topic: topic, ready: make(chan struct{})}
		if keep.set {
			r.track = &track{room: r, keep: keep, sure: f.proofs.delivered, fill: f.onHole}
		}
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
		signal(f.wake)
	case r.state == heard && r.holders == 0:
		r.state = dismissed
		r.ready = make(chan struct{})
		f.dismiss = append(f.dismiss, r.topic)
		signal(f.wake)
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
		r.state, r.live = heard, true
		close(r.ready)
	case kind == "unsubscribe" && r.state == dismissed:
		r.state, r.live = unheard, false
		r.presence.forget()
		if r.track != nil {
			r.track.reset()
		}
	}
	f.settle(r)
}

// doubt says that messages may be missing although the connection is there.
func (f *feed) doubt(since time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.link == nil: // the next connection reports it
		f.since = doubt{since, since}.from(f.since)
	case f.doubted.noticed.IsZero():
		f.doubted = doubt{since, time.Now()}
	default:
		f.doubted.since = f.doubted.from(since)
	}
}

// report reports a doubt whose time has come.
func (f *feed) report(now time.Time) {
	f.mu.Lock()
	if f.doubted.noticed.IsZero() || now.Sub(f.doubted.noticed) < doubtSettles {
		f.mu.Unlock()
		return
	}
	gap := Gap{Since: f.doubted.since, Until: now}
	f.doubted = doubt{}
	tracks := gap.add(f.rooms, func(r *room) bool {
		r.presence.doubt()
		return r.state == heard && r.holders > 0
	})
	f.mu.Unlock()
	f.close(gap, tracks)
}

// close has the tracks read what they may be missing, and reports a gap of the other
// channels.
func (f *feed) close(gap Gap, tracks []*track) {
	for _, t := range tracks {
		t.check(gap.Since)
	}
	f.tell(gap)
}

// tell reports a gap that concerns a channel.
func (f *feed) tell(gap Gap) {
	if len(gap.Channels) == 0 {
		return
	}
	f.gaps.Lock()
	defer f.gaps.Unlock()
	f.onGap(gap)
}
