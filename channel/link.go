package channel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// pingInterval is how often Redis is asked whether it is there, and
	// pingPatience how long it may say nothing at all. The client's own check
	// only minds whether a ping can be sent, which it can to a server that hangs.
	pingInterval = 2 * time.Second
	pingPatience = 5 * time.Second

	// The pause before another attempt to connect, which doubles each time.
	firstPause = 5 * time.Millisecond
	maxPause   = 200 * time.Millisecond
)

// errReplaced says that the client has made a new connection by itself. What is
// known of the old one is void.
var errReplaced = errors.New("the connection was replaced")

// run keeps a connection until ctx ends.
//
// The client's own Channel would be simpler, and drops messages when a reader
// is slow, does not say when it has reconnected, and takes a server that hangs
// for a healthy one. Therefore each connection is read directly, is closed at
// the first thing that is wrong with it, and has a successor.
func (f *feed) run(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		confirmed, err := f.connect(ctx)
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

// connect makes a connection and reads it until it breaks. It tells whether it
// was ever confirmed.
func (f *feed) connect(ctx context.Context) (confirmed bool, err error) {
	ps := f.client().Subscribe(ctx) // dials nothing yet
	defer ps.Close()
	defer context.AfterFunc(ctx, func() { _ = ps.Close() })()

	// One topic is the connection's own. It is there when there is no other, and
	// has a new name each time, so that in a cluster another node is tried.
	control := f.keys.control(rand.Text())
	began := time.Now()
	if err := ps.Subscribe(ctx, append([]string{control}, f.wanted()...)...); err != nil {
		return false, err
	}
	w := &writer{feed: f, ps: ps}
	writing, finish := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { w.run(writing) })
	defer wg.Wait()
	defer finish()

	for {
		reply, err := ps.ReceiveTimeout(ctx, pingPatience)
		if err != nil {
			return confirmed, err
		}
		switch reply := reply.(type) {
		case *goredis.Message:
			f.handle(reply.Channel, reply.Payload)
		case *goredis.Pong:
			f.ponged(w.answered())
		case *goredis.Subscription:
			if reply.Channel != control {
				f.confirmed(reply.Kind, reply.Channel)
				continue
			}
			if confirmed {
				return true, errReplaced
			}
			confirmed = true
			f.restored(began)
		}
	}
}

// writer is the sending side of a connection.
type writer struct {
	feed *feed
	ps   *goredis.PubSub
	sent atomic.Pointer[time.Time] // of the ping that is not answered yet
}

// run sends until ctx ends. When that fails it closes the connection, and the
// reader notices.
func (w *writer) run(ctx context.Context) {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			err = w.ping(ctx)
		case <-w.feed.wake:
			err = w.tell(ctx)
		}
		if err != nil {
			w.feed.log.Debug("channel: cannot write to redis", "error", err)
			_ = w.ps.Close()
			return
		}
	}
}

func (w *writer) ping(ctx context.Context) error {
	if w.sent.Load() != nil {
		return nil // the reader loses patience by itself
	}
	now := time.Now()
	w.sent.Store(&now)
	return w.ps.Ping(ctx)
}

// answered returns when the ping was sent whose answer has come.
func (w *writer) answered() time.Time {
	if sent := w.sent.Swap(nil); sent != nil {
		return *sent
	}
	return time.Time{}
}

// tell sends what is queued.
func (w *writer) tell(ctx context.Context) error {
	ask, dismiss := w.feed.queued()
	if len(ask) > 0 {
		if err := w.ps.Subscribe(ctx, ask...); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	if len(dismiss) > 0 {
		if err := w.ps.Unsubscribe(ctx, dismiss...); err != nil {
			return fmt.Errorf("unsubscribe: %w", err)
		}
	}
	return nil
}
