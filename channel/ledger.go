package channel

import (
	"context"
	"sync"
	"time"
)

// lookForLosses is how often a node looks whether Redis still knows it.
const lookForLosses = 500 * time.Millisecond

// ledger keeps what this node claims in Redis as it is here: the members that are present in
// which channel. One goroutine does it all, so changes happen in order, and what
// comes while a round trip is under way shares the next one.
type ledger struct {
	book *book // of the goroutine

	mu     sync.Mutex
	queue  []*change
	closed bool
	wake   chan struct{}
	pulse  chan struct{} // asks for a beat now
}

// change is one connection of this node becoming present in a channel, or not.
type change struct {
	name      string
	add       bool
	conn, key string
	done      chan error // of capacity 1
}

func newLedger(b *book) *ledger {
	return &ledger{book: b, wake: make(chan struct{}, 1), pulse: make(chan struct{}, 1)}
}

// submit queues a change. Its result is sent to done.
func (l *ledger) submit(name string, add bool, conn, key string) *change {
	c := &change{name: name, add: add, conn: conn, key: key, done: make(chan error, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		c.done <- errStopped
		return c
	}
	l.queue = append(l.queue, c)
	signal(l.wake)
	return c
}

// wait returns when Redis has the change, or with an error.
func (c *change) wait(ctx context.Context) error {
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// beatNow asks for a beat without waiting for it.
func (l *ledger) beatNow() { signal(l.pulse) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run works until ctx ends.
func (l *ledger) run(ctx context.Context) {
	l.book.open()
	beats := time.NewTimer(l.book.every)
	defer beats.Stop()
	looks := time.NewTicker(lookForLosses)
	defer looks.Stop()
	for {
		beats.Reset(time.Until(l.book.due))
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
			l.book.apply(ctx, l.take(false))
		case <-l.pulse:
			l.book.beat(ctx)
		case <-beats.C:
			l.book.beat(ctx)
		case <-looks.C:
			l.book.look(ctx)
		}
	}
}

// take empties the queue, and closes it if it is the last time.
func (l *ledger) take(last bool) []*change {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.queue
	l.queue = nil
	l.closed = l.closed || last
	return queue
}

// retire removes everything of this node from Redis. It is called when run has
// returned.
func (l *ledger) retire(ctx context.Context) error {
	for _, c := range l.take(true) {
		l.book.roster(c.name)
		c.done <- errStopped
	}
	return l.book.retire(ctx)
}
