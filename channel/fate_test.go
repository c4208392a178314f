package channel_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/channel"
)

// gapTold is the payload of the message that stands in the place of a gap.
const gapTold = `"gap"`

// fate is what a subscriber has been sent, over all of its connections.
type fate struct {
	id   string
	node *testNode

	mu       sync.Mutex
	messages []*channel.Message // nil stands for what it was told that it has lost
	position string
	// Counts of its joins.
	recovered, lost, failed int
}

// connection is one of a subscriber's. It takes nothing when it is closed.
type connection struct {
	*fate
	id     string
	closed bool
}

func (c *connection) ID() string { return c.id }

func (c *connection) Deliver(m *channel.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.add(m)
	}
}

func (f *fate) add(m *channel.Message) {
	switch {
	case m.Position != "":
		f.messages = append(f.messages, m)
		f.position = m.Position
	case string(m.Payload) == gapTold:
		f.messages = append(f.messages, nil)
	}
}

// connect joins, and takes what was missed. It reports whether it could.
func (f *fate) connect(ctx context.Context, number int) (*connection, bool) {
	c := &connection{fate: f, id: fmt.Sprint(f.id, "/", number)}
	after := f.position
	j, err := f.node.JoinAfter(ctx, c, "long:room", channel.Rejoin{After: after})
	if err != nil {
		f.failed++
		return nil, false
	}
	c.mu.Lock()
	if after != "" && !j.Recovered {
		f.lost++
		f.messages = append(f.messages, nil)
	} else {
		f.recovered++
	}
	for _, m := range j.Missed {
		f.add(m)
	}
	f.position = j.Position
	c.mu.Unlock()
	j.Release()
	return c, true
}

func (c *connection) close(ctx context.Context) {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.node.LeaveAll(ctx, c)
}

// comeAndGo connects again and again until stop is closed, and then stays.
func (f *fate) comeAndGo(ctx context.Context, random *rand.Rand, stop <-chan struct{}) {
	for i := 0; ; i++ {
		c, ok := f.connect(ctx, i)
		select {
		case <-stop:
			if ok {
				return
			}
		case <-time.After(time.Duration(random.IntN(30_000)) * time.Microsecond):
		}
		if ok {
			c.close(ctx)
		}
	}
}

// stay connects and stays.
func (f *fate) stay(tb testing.TB) {
	tb.Helper()
	if _, ok := f.connect(tb.Context(), 0); !ok {
		tb.Fatal("cannot join")
	}
}

// whole checks that the subscriber has been sent the messages of the channel one after
// the other, each once, but for what it was told that it has lost.
func (f *fate) whole() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var before *channel.Message
	for i, m := range f.messages {
		if m != nil && before != nil && channel.Before(m) != before.Position {
			return fmt.Errorf("%s: message %d, %s (%s), follows %s (%s), and not %s",
				f.id, i, m.Payload, m.Position, before.Payload, before.Position, channel.Before(m))
		}
		before = m
	}
	return nil
}

// told returns how many losses the subscriber was told of, and how many messages it has.
func (f *fate) told() (losses, messages int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.messages {
		if m == nil {
			losses++
		} else {
			messages++
		}
	}
	return losses, messages
}

// has reports whether the last message of the subscriber is that.
func (f *fate) has(position string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.position == position
}
