package conntrack

import (
	"net"
	"sync/atomic"
)

// Conn is a connection that knows whether it waits for a request. It is what
// the http.Server gets, and what it hands out when it is hijacked.
type Conn struct {
	*net.TCPConn
	expecting bool // the next byte begins a request; belongs to the goroutine that reads

	// turn is odd while a read waits for the first byte of a request.
	turn atomic.Uint32

	// What Drain saw last: the turn, and for how many ticks.
	seen  uint32
	quiet int
}

// Read reads. All but the first read of a request cost nothing.
func (c *Conn) Read(p []byte) (int, error) {
	if !c.expecting {
		return c.TCPConn.Read(p)
	}
	c.turn.Add(1)
	n, err := c.TCPConn.Read(p)
	c.turn.Add(1)
	if n > 0 {
		c.expecting = false
	}
	return n, err
}

// NetConn returns the connection beneath, for the one who hijacks it.
func (c *Conn) NetConn() *net.TCPConn { return c.TCPConn }

// closeQuiet closes the connection if it has waited for a request for that many
// calls in a row and no byte of one is there. One that arrives at this very
// moment is lost, as it is whenever a server closes a connection that was kept
// open.
func (c *Conn) closeQuiet(calls int) {
	turn := c.turn.Load()
	if c.quiet++; turn != c.seen {
		c.seen, c.quiet = turn, 0
	}
	waits := turn%2 == 1
	if waits && c.quiet >= calls && !readable(c.TCPConn) && c.turn.Load() == turn {
		_ = c.Close() // net/http finds out, and lets go of it
	}
}
