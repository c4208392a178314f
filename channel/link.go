package channel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// pingInterval is how often Redis is asked whether it is there, and
	// pingTimeout how long it may say nothing at all. The client's own check
	// only minds whether a ping can be sent, which it can to a server that hangs.
	pingInterval = 2 * time.Second
	pingTimeout  = 5 * time.Second
	// lookInterval is how often a connection is looked after. Time is counted in
	// these: of a process that stood still, which has yet to read what has come
	// in the meantime, hardly any has passed.
	lookInterval = 500 * time.Millisecond

	// The pause before another attempt to connect, which doubles each time.
	firstPause = 5 * time.Millisecond
	maxPause   = 200 * time.Millisecond
)

var (
	// errReplaced says that the client has made a new connection by itself. What
	// is known of the old one is void.
	errReplaced = errors.New("the connection was replaced")
	// errSilent says that a server has not answered for pingTimeout.
	errSilent = fmt.Errorf("redis has said nothing for %v", pingTimeout)
)

// keepConnected keeps a connection for a line until ctx ends.
//
// The client's own Channel would be simpler, and drops messages when a reader
// is slow, does not say when it has reconnected, and takes a server that hangs
// for a healthy one. Therefore each connection is read directly, is closed at
// the first thing that is wrong with it, and has a successor.
func keepConnected(ctx context.Context, n *line) {
	pause := firstPause
	for ctx.Err() == nil {
		confirmed, err := connect(ctx, n)
		n.lost(err)
		if ctx.Err() != nil {
			return
		}
		level := slog.LevelDebug
		if confirmed {
			level, pause = slog.LevelWarn, firstPause
		}
		n.feed.log.Log(ctx, level, "channel: no connection to redis", "server", n.addr, "error", err)
		if n.feed.shards != nil {
			n.feed.shards.moved()
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			pause = min(2*pause, maxPause)
		}
	}
}

// connect makes a connection and reads it until it breaks. It reports whether it
// was ever confirmed.
func connect(ctx context.Context, n *line) (confirmed bool, err error) {
	// One topic is the connection's own. It is there when there is no other, and
	// has a new name each time, so that in a cluster another node is tried.
	l := &link{line: n, control: n.feed.keys.control(rand.Text()), began: time.Now()}
	if n.feed.shards != nil {
		if l.control, err = n.feed.shards.control(n, rand.Text); err != nil {
			return false, err
		}
	}
	l.ps = n.client.Subscribe(ctx) // dials nothing yet
	defer l.ps.Close()
	defer context.AfterFunc(ctx, func() { l.end(ctx.Err()) })()

	if err := l.begin(ctx); err != nil {
		return false, err
	}
	writing, finish := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { l.write(writing) })
	defer wg.Wait()
	defer finish()
	err = l.read(ctx)
	return l.confirmed, err
}

// working is the number of looks while the reader works: Redis is not to blame then.
const working = math.MinInt64

// link is a connection that subscribes.
type link struct {
	line    *line
	ps      *goredis.PubSub
	control string    // its own topic
	began   time.Time // when it was asked for
	number  int       // in the line's proofs, once it is confirmed

	confirmed bool                      // of the reader
	held      []heldMessage             // of the reader: until a gap has been reported
	asked     questions                 // of sharded topics
	looks     atomic.Int64              // that the reader has waited for Redis, see working
	ping      atomic.Pointer[time.Time] // when that was sent which is not answered yet
	why       atomic.Pointer[error]     // that it was closed
}

// heldMessage is a message that waits.
type heldMessage struct{ topic, payload string }

// begin asks for the topics that are wanted. All are confirmed by the time at which the
// own topic is, or right after it: a SUBSCRIBE of several runs as one.
func (l *link) begin(ctx context.Context) error {
	keys, wanted := l.line.feed.keys, l.line.wanted()
	switch {
	case keys.sharded:
		if err := l.subscribe(ctx, wanted); err != nil {
			return err
		}
		return l.subscribe(ctx, []string{l.control})
	case keys.tagged:
		return l.ps.Subscribe(ctx, append([]string{l.control}, wanted...)...)
	}
	return l.ps.Subscribe(ctx, append([]string{l.control, keys.proofs()}, wanted...)...)
}

// subscribe asks for topics. Sharded ones are asked for slot by slot.
func (l *link) subscribe(ctx context.Context, topics []string) error {
	if !l.line.feed.keys.sharded {
		return l.ps.Subscribe(ctx, topics...)
	}
	for _, some := range bySlot(topics) {
		l.asked.add(some)
		if err := l.ps.SSubscribe(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}

func (l *link) unsubscribe(ctx context.Context, topics []string) error {
	if !l.line.feed.keys.sharded {
		return l.ps.Unsubscribe(ctx, topics...)
	}
	for _, some := range bySlot(topics) {
		if err := l.ps.SUnsubscribe(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}

// end closes the connection. The reader returns why.
func (l *link) end(why error) {
	l.why.CompareAndSwap(nil, &why)
	_ = l.ps.Close()
}

// read takes what Redis sends until the connection breaks. It has no deadline: one
// that passes in the middle of a reply would leave the rest of it for the next.
func (l *link) read(ctx context.Context) error {
	for {
		reply, err := l.ps.Receive(ctx)
		if err == nil {
			l.looks.Store(working)
			err = l.take(reply)
			l.looks.Store(0)
		}
		if err != nil && l.refused(err) {
			err = nil
		}
		if why := l.why.Load(); err != nil && why != nil {
			return *why
		}
		if err != nil {
			return err
		}
	}
}

func (l *link) take(reply any) error {
	switch reply := reply.(type) {
	case *goredis.Message:
		l.line.handle(l, reply.Channel, reply.Payload)
	case *goredis.Pong:
		if sent := l.ping.Swap(nil); sent != nil {
			return l.line.proofs.ponged(*sent)
		}
	case *goredis.Subscription:
		l.asked.answered(reply.Kind, reply.Channel)
		switch {
		case reply.Channel != l.control:
			l.found(l.line.confirmed(reply.Kind, reply.Channel))
		case l.confirmed:
			return errReplaced
		default:
			l.confirmed = true
			l.line.restored(l)
			l.release()
		}
	}
	return nil
}

// refused takes an error that says that a slot has moved, which is the answer to a
// SSUBSCRIBE or a SUNSUBSCRIBE of its topics. It reports whether the connection is none
// the worse for it.
func (l *link) refused(err error) bool {
	number := movedSlot(err)
	if number < 0 {
		return false
	}
	topics := l.asked.refused(number)
	if slices.Contains(topics, l.control) {
		return false
	}
	l.line.feed.log.Debug("channel: redis refuses topics of a slot", "server", l.line.addr, "topics", len(topics), "error", err)
	l.found(l.line.refused(topics))
	return true
}

// found ends the gap of rooms that have come to this connection, if all is true.
func (l *link) found(all bool) {
	if all {
		l.line.found()
		l.release()
	}
}

// release hands on the messages that have waited for a gap to be reported.
func (l *link) release() {
	all := l.held
	l.held = nil
	for _, m := range all {
		l.line.handle(l, m.topic, m.payload) // holds it again if it has to wait still
	}
}

// write sends until ctx ends. When that fails, and when Redis is silent, it closes
// the connection.
func (l *link) write(ctx context.Context) {
	ping, look := time.NewTicker(pingInterval), time.NewTicker(lookInterval)
	defer ping.Stop()
	defer look.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			if l.looks.Add(1) > int64(pingTimeout/lookInterval) {
				err = errSilent
			}
		case <-ping.C:
			err = l.sendPing(ctx)
		case <-l.line.wake:
			err = l.tell(ctx)
		}
		if err != nil {
			l.line.feed.log.Debug("channel: gives up a connection to redis", "error", err)
			l.end(err)
			return
		}
	}
}

func (l *link) sendPing(ctx context.Context) error {
	if l.ping.Load() != nil {
		return nil // write times out by itself
	}
	now := time.Now()
	l.ping.Store(&now)
	return l.ps.Ping(ctx)
}

// tell sends what is queued.
func (l *link) tell(ctx context.Context) error {
	ask, dismiss := l.line.queued()
	if len(ask) > 0 {
		if err := l.subscribe(ctx, ask); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	if len(dismiss) > 0 {
		if err := l.unsubscribe(ctx, dismiss); err != nil {
			return fmt.Errorf("unsubscribe: %w", err)
		}
	}
	return nil
}
