package channel

import (
	"context"
	"log/slog"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// feed is what a node hears from Redis: the topics of the rooms that it has. It hears
// them over one line, or over one for each master of a cluster (see shards).
type feed struct {
	client goredis.UniversalClient
	keys   keyspace
	node   string
	log    *slog.Logger
	onUp   func()       // a connection is up, for the first time or again
	onNew  func()       // a node is there that was not before
	onGap  func(Gap)    // before the first message after a gap
	onHole func(*track) // messages are missing that a history may have
	shards *shards      // nil unless topics are sharded
	gaps   sync.Mutex   // held while one is reported

	mu    sync.Mutex
	rooms map[string]*room // by topic
	lines map[string]*line // by the address of their masters; "" is the only one
}

func newFeed(o Options, keys keyspace, node string, onUp func(), onGap func(Gap)) *feed {
	f := &feed{
		client: o.Redis.Subscription, keys: keys, node: node, log: o.Logger, onUp: onUp, onGap: onGap,
		rooms: map[string]*room{}, lines: map[string]*line{},
	}
	if cluster, ok := f.client.(*goredis.ClusterClient); ok && keys.sharded {
		f.shards = newShards(f, cluster)
	} else {
		f.lines[""] = newLine(f, "", f.client)
	}
	return f
}

// run keeps the lines connected until ctx ends.
func (f *feed) run(ctx context.Context) {
	if f.shards != nil {
		f.shards.run(ctx)
		return
	}
	keepConnected(ctx, f.lines[""])
}

// started waits for the first connection, of each line if there are several.
func (f *feed) started(ctx context.Context) error {
	if f.shards != nil {
		if err := f.shards.wait(ctx); err != nil {
			return err
		}
	}
	for _, n := range f.all() {
		if err := n.started(ctx); err != nil {
			return err
		}
	}
	return nil
}

// all returns the lines.
func (f *feed) all() []*line {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]*line, 0, len(f.lines))
	for _, n := range f.lines {
		all = append(all, n)
	}
	return all
}

// room returns the room of a topic, or nil.
func (f *feed) room(topic string) *room {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rooms[topic]
}

// presence returns who is present in a channel, as far as its subscribers on this node have
// been told. It is nil when there are none.
func (f *feed) presence(name string) *attendance {
	r := f.room(f.keys.topic(name))
	if r == nil {
		return nil
	}
	return &r.presence
}

// deliver hands a message to the subscribers of its channel on this node.
func (f *feed) deliver(m *Message) {
	if r := f.room(f.keys.topic(m.Channel)); r != nil {
		r.deliver(m)
	}
}

// acquire returns the room of a channel when Redis has confirmed that this node
// hears it. Every acquire that succeeds is followed by one release.
func (f *feed) acquire(ctx context.Context, name string, keep History) (*room, error) {
	topic := f.keys.topic(name)
	f.mu.Lock()
	r, known := f.rooms[topic]
	if !known {
		r = &room{name: name, topic: topic, ready: make(chan struct{})}
		if keep.set {
			r.track = &track{room: r, keep: keep, sure: r.sure, fill: f.onHole}
		}
		f.rooms[topic] = r
	}
	if r.holders++; known {
		f.settle(r)
	} else {
		f.place(r)
	}
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

// place puts a new room on its line, if that is known, and settles it. The lock is held.
func (f *feed) place(r *room) {
	if f.shards != nil {
		if f.shards.place(r); r.line.Load() == nil {
			f.shards.stir()
		}
		return
	}
	r.line.Store(f.lines[""])
	f.settle(r)
}

// settle does the next thing that is due for a room. The lock is held.
func (f *feed) settle(r *room) {
	n := r.line.Load()
	switch {
	case r.state == unheard && r.holders == 0:
		delete(f.rooms, r.topic)
	case n == nil || !n.up: // the next connection asks for everything at once
	case r.state == unheard:
		n.want(r)
	case r.state == heard && r.holders == 0:
		r.state = dismissed
		r.ready = make(chan struct{})
		n.dismiss = append(n.dismiss, r.topic)
		n.stir()
	}
}

// silence notes that a room is not heard any more, although it was not dismissed:
// messages after since may be missing. The lock is held.
func (f *feed) silence(r *room, since time.Time) {
	if r.holders == 0 {
		delete(f.rooms, r.topic)
		return
	}
	r.presence.doubt()
	if r.state == heard {
		r.ready = make(chan struct{})
	}
	r.live = r.live && r.state != dismissed
	switch {
	case !r.live:
		r.missed = false
		if r.track != nil {
			r.track.reset()
		}
	case !r.missed || since.Before(r.since):
		r.missed, r.since = true, since
	}
	r.state = unheard
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
