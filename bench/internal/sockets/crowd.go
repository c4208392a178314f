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
	conn  *socket.Conn
	next  int64 // the number of the next broadcast
	want  []byte
	asked chan []byte // the expected next answer
}

// openers is the number of sockets that are opened at the same time.
const openers = 32

// dialCrowd opens n sockets, spread over addresses, and subscribes them if subscribe is
// set. The caller must close the crowd, also after an error.
func dialCrowd(ctx context.Context, addresses []string, n int, subscribe bool) (*crowd, error) {
	c := &crowd{members: make([]*member, n), answered: make(chan struct{}, 1)}
	c.ctx, c.fail = context.WithCancelCause(ctx)
	c.heard = func(_ *member, message []byte) error { return fmt.Errorf("the server says %s unasked", message) }
	var opened atomic.Int64
	var opening sync.WaitGroup
	for range min(openers, n) {
		opening.Go(func() {
			for i := int(opened.Add(1)) - 1; i < n && c.ctx.Err() == nil; i = int(opened.Add(1)) - 1 {
				m, err := dialMember(c.ctx, addresses[i%len(addresses)], origin(i), subscribe)
				if err != nil {
					c.fail(fmt.Errorf("socket %d of %d: %w", i+1, n, err))
					return
				}
				c.members[i] = m
			}
		})
	}
	opening.Wait()
	return c, context.Cause(c.ctx)
}

// dialMember opens one socket.
func dialMember(ctx context.Context, address, from string, subscribe bool) (*member, error) {
	conn, err := socket.Dial(ctx, address, from)
	if err != nil {
		return nil, err
	}
	m := &member{conn: conn, next: 1, asked: make(chan []byte, 1)}
	if !subscribe {
		return m, nil
	}
	conn.Limit(time.Now().Add(answerLimit))
	defer conn.Limit(time.Time{})
	if err := conn.Send(wire.Subscribe); err != nil {
		return nil, err
	}
	for {
		message, err := conn.Read()
		if err != nil {
			return nil, err
		}
		if !wire.IsPresence(message) {
			return m, wire.Expect(message, wire.Subscribed)
		}
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
