package channel

import (
	"context"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// line is how a feed hears a Redis: one connection at a time (see link), and one
// goroutine that reads it, so that messages are delivered in the order of Redis.
type line struct {
	feed   *feed
	addr   string // of the master; "" if the feed has one line
	client goredis.UniversalClient
	proofs *proofs
	wake   chan struct{}
	first  chan struct{} // closed when the first connection is confirmed
	once   sync.Once
	end    context.CancelFunc // of one line of several

	// Guarded by the feed's mu:
	up           bool // ask and dismiss will be read
	ask, dismiss []string
	link         *link // the connection, once it is confirmed
	missing      int   // rooms that were asked for since, and have missed messages
	doubted      doubt // a gap of the connection that is there
	lastErr      error
}

func newLine(f *feed, addr string, client goredis.UniversalClient) *line {
	return &line{
		feed: f, addr: addr, client: client, proofs: newProofs(f.node, f.keys.bus()),
		wake: make(chan struct{}, 1), first: make(chan struct{}),
	}
}

// stir wakes the goroutine that writes.
func (n *line) stir() { signal(n.wake) }

// started waits for the first connection.
func (n *line) started(ctx context.Context) error {
	select {
	case <-n.first:
		return nil
	case <-ctx.Done():
	}
	n.feed.mu.Lock()
	defer n.feed.mu.Unlock()
	if n.lastErr != nil {
		return n.lastErr
	}
	return context.Cause(ctx)
}

// want asks for a room. The feed's lock is held.
func (n *line) want(r *room) {
	r.state = asked
	if r.missed && n.link != nil {
		n.missing++
	}
	n.ask = append(n.ask, r.topic)
	n.stir()
}

// wanted begins a connection: it returns every topic that is to be subscribed
// to, and has what comes later queued.
func (n *line) wanted() []string {
	f := n.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	n.up, n.ask, n.dismiss = true, nil, nil
	topics := make([]string, 0, len(f.rooms))
	for topic, r := range f.rooms {
		if r.line.Load() == n {
			r.state = asked
			topics = append(topics, topic)
		}
	}
	return topics
}

// queued returns what to tell Redis.
func (n *line) queued() (ask, dismiss []string) {
	n.feed.mu.Lock()
	defer n.feed.mu.Unlock()
	ask, dismiss = n.ask, n.dismiss
	n.ask, n.dismiss = nil, nil
	return ask, dismiss
}

// lost ends a connection. Its rooms wait for the next one, or for another line.
func (n *line) lost(err error) {
	f := n.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	n.up, n.link, n.ask, n.dismiss, n.missing, n.lastErr = false, nil, nil, nil, 0, err
	since := n.doubted.from(n.proofs.lost())
	n.doubted = doubt{}
	for _, r := range f.rooms {
		if r.line.Load() == n {
			f.silence(r, since)
		}
	}
}

// restored is called when Redis has confirmed the own topic of a new connection, and
// with it those of all rooms, so from now on nothing is missed.
func (n *line) restored(l *link) {
	f := n.feed
	f.mu.Lock()
	n.lastErr = nil
	l.number = n.proofs.connected(l.began)
	n.link = l
	gap, tracks := n.missed(func(r *room) bool { return f.shards == nil || r.confirmed() })
	for _, r := range f.rooms {
		if r.missed && r.line.Load() == n {
			n.missing++ // it was asked for in the meantime
		}
	}
	f.mu.Unlock()

	first := false
	n.once.Do(func() { first = true; close(n.first) })
	if !first {
		f.log.Info("channel: connected to redis again", "server", n.addr, "channels", len(gap.Channels), "since", gap.Since)
	}
	f.close(gap, tracks)
	f.onUp()
}

// missed ends the gap of some rooms. The feed's lock is held.
func (n *line) missed(concerns func(*room) bool) (Gap, []*track) {
	gap := Gap{Until: time.Now()}
	gap.Since = gap.Until
	var some []*room
	for _, r := range n.feed.rooms {
		if r.line.Load() != n || !r.missed || !concerns(r) {
			continue
		}
		some = append(some, r)
		r.missed = false
		if r.since.Before(gap.Since) {
			gap.Since = r.since
		}
	}
	return gap, gap.add(some)
}

// found ends the gap of rooms that have come to a connection which is there, when the
// last of them is confirmed.
func (n *line) found() {
	n.feed.mu.Lock()
	gap, tracks := n.missed((*room).confirmed)
	n.feed.mu.Unlock()
	n.feed.close(gap, tracks)
}

// confirmed takes Redis' word that a topic is subscribed to, or no more. It reports
// whether found is to follow.
func (n *line) confirmed(kind, topic string) (found bool) {
	f := n.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rooms[topic]
	switch {
	case r == nil || r.line.Load() != n:
		return false
	case isSubscribe(kind) && r.state == asked:
		r.state, r.live = heard, true
		close(r.ready)
		if r.missed && n.link != nil {
			n.missing--
			found = n.missing == 0
		}
	case isSubscribe(kind):
	case r.state == dismissed:
		r.state, r.live, r.missed = unheard, false, false
		r.presence.forget()
		if r.track != nil {
			r.track.reset()
		}
	case f.shards != nil: // the slot has moved
		n.stray(r, time.Now())
		return false
	}
	f.settle(r)
	return found
}

// refused takes the answer that the topics of a slot cannot be subscribed to here. It
// reports whether found is to follow.
func (n *line) refused(topics []string) (found bool) {
	f := n.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	before := n.missing
	for _, topic := range topics {
		if r := f.rooms[topic]; r != nil && r.line.Load() == n && r.state == asked {
			if r.missed && n.link != nil {
				n.missing--
			}
			n.stray(r, time.Now())
		}
	}
	return before > 0 && n.missing == 0
}

// stray takes a room from its line, for another one. The feed's lock is held.
func (n *line) stray(r *room, now time.Time) {
	n.feed.silence(r, now)
	if r.holders > 0 {
		n.feed.shards.lift(r)
	}
	n.feed.shards.moved()
}

// leave closes the connection of a number, if it is still there.
func (n *line) leave(number int, why error) {
	n.feed.mu.Lock()
	l := n.link
	n.feed.mu.Unlock()
	if l != nil && l.number == number {
		l.end(why)
	}
}

// proofTopic is where this node publishes proofs: on the topic of its connection if only
// it needs to hear them, and while there is none it is "".
func (n *line) proofTopic() string {
	if !n.feed.keys.tagged {
		return n.feed.keys.proofs()
	}
	n.feed.mu.Lock()
	defer n.feed.mu.Unlock()
	if n.link == nil {
		return ""
	}
	return n.link.control
}

// handle takes a message from Redis.
func (n *line) handle(l *link, topic, payload string) {
	f := n.feed
	f.mu.Lock()
	r, wait := f.rooms[topic], n.missing > 0 || n.link != l
	f.mu.Unlock()
	switch {
	case r == nil:
		n.handleOther(l, topic, payload)
		return
	case r.line.Load() != n: // it has moved
		return
	case wait: // for the gap to be reported first
		l.held = append(l.held, heldMessage{topic, payload})
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

// handleOther takes a message of a topic that no room has.
func (n *line) handleOther(l *link, topic, payload string) {
	if topic != l.control && topic != n.feed.keys.proofs() {
		return // the last one has just left
	}
	p, err := decodeProof([]byte(payload))
	if err != nil {
		n.feed.log.Warn("channel: dropped a proof that is none", "error", err)
		return
	}
	v := n.proofs.heard(p)
	if v.missing {
		n.doubt(v.since)
	}
	if v.greet {
		n.feed.onNew()
	}
}

// doubt says that messages may be missing although the connection is there.
func (n *line) doubt(since time.Time) {
	n.feed.mu.Lock()
	defer n.feed.mu.Unlock()
	switch {
	case n.link == nil: // the next connection reports it
		for _, r := range n.feed.rooms {
			if r.line.Load() == n && r.missed && since.Before(r.since) {
				r.since = since
			}
		}
	case n.doubted.noticed.IsZero():
		n.doubted = doubt{since, time.Now()}
	default:
		n.doubted.since = n.doubted.from(since)
	}
}

// report reports a doubt whose time has come.
func (n *line) report(now time.Time) {
	f := n.feed
	f.mu.Lock()
	if n.doubted.noticed.IsZero() || now.Sub(n.doubted.noticed) < doubtSettles {
		f.mu.Unlock()
		return
	}
	gap := Gap{Since: n.doubted.since, Until: now}
	n.doubted = doubt{}
	var some []*room
	for _, r := range f.rooms {
		if r.line.Load() != n {
			continue
		}
		if r.presence.doubt(); r.state == heard && r.holders > 0 {
			some = append(some, r)
		}
	}
	tracks := gap.add(some)
	f.mu.Unlock()
	f.close(gap, tracks)
}
