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
	client func() goredis.UniversalClient
	keys   keyspace
	log    *slog.Logger
	onUp   func()    // a connection is up, for the first time or again
	onGap  func(Gap) // before the first message after a gap
	first  chan struct{}

	mu           sync.Mutex
	rooms        map[string]*room // by topic
	up           bool             // ask and dismiss will be read
	ask, dismiss []string
	wake         chan struct{}
	sure         time.Time // everything from before has been delivered
	since        time.Time // that time of the connection that broke, until the gap is reported
	lastErr      error
}

func newFeed(o Options, keys keyspace, onUp func(), onGap func(Gap)) *feed {
	return &feed{
		client: o.Subscription, keys: keys, log: o.Logger, onUp: onUp, onGap: onGap,
		first: make(chan struct{}), wake: make(chan struct{}, 1), rooms: map[string]*room{},
	}
}

// stir wakes the goroutine that writes.
func (f *feed) stir() {
	select {
	case f.wake <- struct{}{}:
	default:
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
	f.up, f.ask, f.dismiss, f.lastErr = false, nil, nil, err
	if f.since.IsZero() {
		f.since = f.sure
	}
	for topic, r := range f.rooms {
		if r.holders == 0 {
			delete(f.rooms, topic)
			continue
		}
		if r.state == heard {
			r.missed = true
			r.ready = make(chan struct{})
		}
		r.state = unheard
	}
}

// restored is called when Redis has confirmed the first topic of a new
// connection. It runs the SUBSCRIBE of all of them as one, so from now on
// nothing is missed. began is when that was sent.
func (f *feed) restored(began time.Time) {
	f.mu.Lock()
	gap := Gap{Since: f.since, Until: time.Now()}
	for _, r := range f.rooms {
		if r.missed {
			r.missed = false
			gap.Channels = append(gap.Channels, r.name)
		}
	}
	f.since, f.sure, f.lastErr = time.Time{}, began, nil
	f.mu.Unlock()

	select {
	case <-f.first:
		f.log.Info("channel: connected to redis again", "channels", len(gap.Channels), "since", gap.Since)
	default:
		close(f.first)
	}
	if len(gap.Channels) > 0 {
		f.onGap(gap)
	}
	f.onUp()
}

// ponged says that everything from before the ping has been delivered.
func (f *feed) ponged(sent time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if sent.After(f.sure) {
		f.sure = sent
	}
}

// handle takes a message from Redis.
func (f *feed) handle(topic, payload string) {
	f.mu.Lock()
	r := f.rooms[topic]
	f.mu.Unlock()
	if r == nil {
		return // the last one has just left
	}
	messages, err := decodeAll(r.name, []byte(payload))
	if err != nil {
		f.log.Warn("channel: dropped a message that is none of ours", "channel", r.name, "error", err)
		return
	}
	r.deliver(messages...)
}

// deliver hands a message to those who are in its channel on this node.
func (f *feed) deliver(m *Message) {
	f.mu.Lock()
	r := f.rooms[f.keys.topic(m.Channel)]
	f.mu.Unlock()
	if r != nil {
		r.deliver(m)
	}
}

// deliver gives each subscriber all of the messages before it turns to the next
// one, so that they are written together.
func (r *room) deliver(messages ...*Message) {
	for _, s := range r.audience.everyone() {
		for _, m := range messages {
			s.Deliver(m)
		}
	}
}
