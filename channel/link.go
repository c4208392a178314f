package channel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
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

// keepConnected keeps a connection for a feed until ctx ends.
//
// The client's own Channel would be simpler, and drops messages when a reader
// is slow, does not say when it has reconnected, and takes a server that hangs
// for a healthy one. Therefore each connection is read directly, is closed at
// the first thing that is wrong with it, and has a successor.
func keepConnected(ctx context.Context, f *feed) {
	pause := firstPause
	for ctx.Err() == nil {
		confirmed, err := connect(ctx, f)
		f.lost(err)
		if ctx.Err() != nil {
			return
		}
		level := slog.LevelDebug
		if confirmed {
			level, pause = slog.LevelWarn, firstPause
		}
		f.log.Log(ctx, level, "channel: no connection to redis", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			pause = min(2*pause, maxPause)
		}
	}
}

// connect makes a connection and reads it until it breaks. It reports whether it
// was ever confirmed.
func connect(ctx context.Context, f *feed) (confirmed bool, err error) {
	// One topic is the connection's own. It is there when there is no other, and
	// has a new name each time, so that in a cluster another node is tried.
	l := &link{feed: f, control: f.keys.control(rand.Text()), began: time.Now()}
	l.ps = f.client.Subscribe(ctx) // dials nothing yet
	defer l.ps.Close()
	defer context.AfterFunc(ctx, func() { l.end(ctx.Err()) })()

	topics := []string{l.control}
	if !f.keys.tagged {
		topics = append(topics, f.keys.proofs())
	}
	if err := l.ps.Subscribe(ctx, append(topics, f.wanted()...)...); err != nil {
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
	feed    *feed
	ps      *goredis.PubSub
	control string    // its own topic
	began   time.Time // when it was asked for
	number  int       // in the feed's proofs, once it is confirmed

	confirmed bool                      // of the reader
	looks     atomic.Int64              // that the reader has waited for Redis, see working
	ping      atomic.Pointer[time.Time] // when that was sent which is not answered yet
	why       atomic.Pointer[error]     // that it was closed
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
		l.feed.handle(l, reply.Channel, reply.Payload)
	case *goredis.Pong:
		if sent := l.ping.Swap(nil); sent != nil {
			return l.feed.proofs.ponged(*sent)
		}
	case *goredis.Subscription:
		if reply.Channel != l.control {
			l.feed.confirmed(reply.Kind, reply.Channel)
			return nil
		}
		if l.confirmed {
			return errReplaced
		}
		l.confirmed = true
		l.feed.restored(l)
	}
	return nil
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
		case <-l.feed.wake:
			err = l.tell(ctx)
		}
		if err != nil {
			l.feed.log.Debug("channel: gives up a connection to redis", "error", err)
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
	ask, dismiss := l.feed.queued()
	if len(ask) > 0 {
		if err := l.ps.Subscribe(ctx, ask...); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	if len(dismiss) > 0 {
		if err := l.ps.Unsubscribe(ctx, dismiss...); err != nil {
			return fmt.Errorf("unsubscribe: %w", err)
		}
	}
	return nil
}
