package sockets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/bench/internal/socket"
	"github.com/keryx-go/keryx/bench/internal/sockets/wire"
)

// maxPorts is the greatest number of sockets from one address to one port. A kernel has
// about 28,000 ports to assign.
const maxPorts = 20000

// origin returns the source address of the ith socket.
func origin(i int) string {
	if i < maxPorts {
		return ""
	}
	return fmt.Sprintf("127.0.0.%d", 1+i/maxPorts)
}

// crowd is many sockets to the nodes of one contender. Each has a reader goroutine, so
// that pings are answered at any time.
type crowd struct {
	ctx     context.Context
	fail    context.CancelCauseFunc
	members []*member
	reading sync.WaitGroup

	heard func(*member, []byte) error // takes every message that is not an answer

	unanswered atomic.Int64  // calls of the members
	answered   chan struct{} // receives when the last call is answered
}

// member is one socket of a crowd.
type member struct {
	conn     *socket.Conn
	next     int64 // the number of the next broadcast
	want     []byte
	asked    chan []byte // the expected next answer
	position string      // when it has subscribed to kept
}

// openers is the number of sockets that are opened at the same time.
const openers = 32

// The channels of the servers. Kept has a history, and only the framework has it.
const (
	news = "news"
	kept = "kept"
)

// dialCrowd opens n sockets, spread over addresses, and subscribes them to a channel
// unless its name is empty. The caller must close the crowd, also after an error.
func dialCrowd(ctx context.Context, addresses []string, n int, channel string) (*crowd, error) {
	c := &crowd{members: make([]*member, n), answered: make(chan struct{}, 1)}
	c.ctx, c.fail = context.WithCancelCause(ctx)
	c.heard = func(_ *member, message []byte) error { return fmt.Errorf("the server says %s unasked", message) }
	return c, c.each(func(i int) (err error) {
		c.members[i], err = dialMember(c.ctx, addresses[i%len(addresses)], origin(i), channel)
		return err
	})
}

// subscribe subscribes all sockets of a crowd that does not listen yet.
func (c *crowd) subscribe(channel string) error {
	return c.each(func(i int) error { return c.members[i].subscribe(channel) })
}

// each does something for every socket, for several at the same time. The first error
// ends the crowd.
func (c *crowd) each(do func(i int) error) error {
	n := len(c.members)
	var begun atomic.Int64
	var working sync.WaitGroup
	for range min(openers, n) {
		working.Go(func() {
			for i := int(begun.Add(1)) - 1; i < n && c.ctx.Err() == nil; i = int(begun.Add(1)) - 1 {
				if err := do(i); err != nil {
					c.fail(fmt.Errorf("socket %d of %d: %w", i+1, n, err))
					return
				}
			}
		})
	}
	working.Wait()
	return context.Cause(c.ctx)
}

// dialMember opens one socket.
func dialMember(ctx context.Context, address, from, channel string) (*member, error) {
	conn, err := socket.Dial(ctx, address, from)
	if err != nil {
		return nil, err
	}
	m := &member{conn: conn, next: 1, asked: make(chan []byte, 1)}
	if channel == "" {
		return m, nil
	}
	return m, m.subscribe(channel)
}

// subscribe subscribes a socket, and waits for the answer.
func (m *member) subscribe(channel string) error {
	m.conn.Limit(time.Now().Add(answerLimit))
	defer m.conn.Limit(time.Time{})
	say, want := wire.Subscribe, wire.Subscribed
	if channel == kept {
		say, want = wire.SubscribeKept(""), wire.SubscribedKept
	}
	if err := m.conn.Send(say); err != nil {
		return err
	}
	for {
		message, err := m.conn.Read()
		switch {
		case err != nil:
			return err
		case wire.IsPresence(message):
			continue
		case channel == kept:
			message, m.position = wire.CutPosition(message)
		}
		return wire.Expect(message, want)
	}
}

// catchUp subscribes after a position, and reads the messages from the first to the last
// that were missed, and the answer after them.
func (m *member) catchUp(say []byte, missed int) error {
	m.conn.Limit(time.Now().Add(answerLimit))
	if err := m.conn.Send(say); err != nil {
		return err
	}
	for n := int64(1); ; {
		message, err := m.conn.Read()
		if err != nil {
			return err
		}
		if wire.IsPresence(message) {
			continue
		}
		message, _ = wire.CutPosition(message)
		if n > int64(missed) {
			return wire.Expect(message, wire.RecoveredKept)
		}
		m.want = wire.AppendKept(m.want[:0], n)
		if err := wire.Expect(message, m.want); err != nil {
			return err
		}
		n++
	}
}

// listen reads from all sockets until the crowd is closed.
func (c *crowd) listen() {
	for i, m := range c.members {
		c.reading.Go(func() {
			err := c.read(m)
			c.fail(fmt.Errorf("socket %d of %d: %w", i+1, len(c.members), err))
		})
	}
}

var answerPrefix = []byte(`{"messageId":`)

// read reads until an error or a wrong message.
func (c *crowd) read(m *member) error {
	for {
		message, err := m.conn.Read()
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(message, answerPrefix) {
			if err := c.heard(m, message); err != nil {
				return err
			}
			continue
		}
		select {
		case want := <-m.asked:
			if err := wire.Expect(message, want); err != nil {
				return err
			}
			if c.unanswered.Add(-1) == 0 {
				c.answered <- struct{}{}
			}
		default:
			return fmt.Errorf("the server answers %s unasked", message)
		}
	}
}

// call calls an action on every socket, and waits for the answers. No other message may
// come before them.
func (c *crowd) call(n int64) error {
	say, want := wire.AppendEcho(nil, n), wire.AppendEchoed(nil, n)
	c.unanswered.Store(int64(len(c.members)))
	for _, m := range c.members {
		m.asked <- want
		if err := m.conn.Send(say); err != nil {
			return c.cause(err)
		}
	}
	select {
	case <-c.answered:
		return nil
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	case <-time.After(answerLimit):
		return errors.New("not all sockets are answered")
	}
}

// cause returns the reason for the crowd's end if it has ended, and err otherwise.
func (c *crowd) cause(err error) error {
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	return err
}

// close closes all sockets.
func (c *crowd) close() {
	c.fail(context.Canceled)
	c.reading.Wait()
	for _, m := range c.members {
		if m != nil {
			m.conn.Close()
		}
	}
}
