// Package lazyconn makes the server of net/http cheaper for short requests. It
// guards each request with half a dozen read deadlines, and with a read of one
// byte in the background, which finds out when the client leaves. Nearly always
// the request is over long before any of it matters, and has paid for timers and
// system calls. The connections of this package remember a deadline instead of
// setting it when an earlier one is set already, and put the read off by some
// milliseconds.
package lazyconn

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/keryx-go/keryx/internal/overdue"
)

// grace is how long the read in the background is put off: as long at least, and
// twice as long at most.
const grace = 5 * time.Millisecond

// NewListener returns a listener whose TCP connections are lazy. Others are
// returned as they are.
func NewListener(l net.Listener) net.Listener { return &listener{l, overdue.NewList(grace)} }

type listener struct {
	net.Listener
	young *overdue.List // of the connections that put a read off
}

func (l *listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := accepted.(*net.TCPConn)
	if !ok {
		return accepted, nil
	}
	c := &Conn{TCPConn: tcp, young: l.young}
	c.goOn.L = &c.mu
	return c, nil
}

// Conn is a lazy connection. Its deadlines are those of any [net.Conn]. No more
// than one goroutine may read at a time.
type Conn struct {
	*net.TCPConn
	young *overdue.List
	place overdue.Item

	mu       sync.Mutex
	goOn     sync.Cond // waiting has become false
	waiting  bool      // a read is being put off
	reading  bool
	released bool
	deadline time.Time // for reading; zero: none
	set      time.Time // the deadline of the TCP connection: while somebody reads, never later than deadline
}

// Read reads. A read of a single byte is the one in the background.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 1 {
		c.putOff()
	}
	for {
		if err := c.begin(); err != nil {
			return 0, err
		}
		n, err := c.TCPConn.Read(p)
		if !c.again(err) {
			return n, err
		}
	}
}

// putOff waits for the grace, or until somebody wants the reader back.
func (c *Conn) putOff() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.released || c.recalled() {
		return
	}
	c.waiting = true
	c.young.Add(&c.place, c)
	for c.waiting {
		c.goOn.Wait()
	}
}

// Overdue begins the read that was put off.
func (c *Conn) Overdue() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake()
}

// wake is called with the lock held.
func (c *Conn) wake() {
	if c.waiting {
		c.waiting = false
		c.young.Done(&c.place)
		c.goOn.Signal()
	}
}

// recalled tells whether the deadline is long past, which is how package http
// gets a reader back.
func (c *Conn) recalled() bool { return !c.deadline.IsZero() && c.deadline.Unix() <= 1 }

// begin sees to it that the TCP connection has a deadline which is not too late.
func (c *Conn) begin() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.released:
		return nil
	case c.recalled():
		return os.ErrDeadlineExceeded
	}
	c.reading = true
	return c.hasten()
}

func (c *Conn) hasten() error {
	if c.deadline.IsZero() || !c.set.IsZero() && !c.set.After(c.deadline) {
		return nil
	}
	return c.apply()
}

func (c *Conn) apply() error {
	c.set = c.deadline
	return c.TCPConn.SetReadDeadline(c.deadline)
}

// again tells whether a read has ended for a deadline that was too early.
func (c *Conn) again(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = false
	if c.released || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	if !c.deadline.IsZero() && !time.Now().Before(c.deadline) {
		return false
	}
	return c.apply() == nil
}

// SetReadDeadline remembers the deadline. It is set when somebody reads who would
// miss it.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	switch {
	case c.released:
		return c.apply()
	case c.recalled():
		c.wake()
	}
	if c.reading {
		return c.hasten()
	}
	return nil
}

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// Release ends the laziness, for who takes the connection over from package http,
// and returns the TCP connection. Nobody may be reading. What still reads through
// c does so as through the TCP connection.
func (c *Conn) Release() (*net.TCPConn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released = true
	c.wake()
	return c.TCPConn, c.apply()
}

// Close closes the connection.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.wake()
	c.mu.Unlock()
	return c.TCPConn.Close()
}
