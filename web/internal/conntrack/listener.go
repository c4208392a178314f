// Package conntrack ends the connections of a net/http server without losing a
// request. [http.Server.Shutdown] cannot do that: it drops each request whose
// header it has read after Shutdown began, on new connections, on idle ones,
// and on those that sent half a header before (golang.org/issue/36819).
//
// A [Listener] stops accepting first: the connections that the kernel has
// accepted are handed out before the socket is closed. Then [Listener.Drain]
// closes each connection at a moment when no byte of a request is there. When
// the last one is gone, Shutdown has nothing left to drop.
package conntrack

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Listener accepts connections and keeps count of them.
type Listener struct {
	*net.TCPListener
	shared      bool
	stop        sync.Once
	closing     atomic.Bool
	acceptUntil time.Time // set before closing

	mu    sync.Mutex
	conns map[*Conn]struct{}
	gone  chan struct{} // closed when conns is empty; nil unless Drain waits
}

// NewListener returns a listener that accepts from l. Give [ConnState] to the
// http.Server.
func NewListener(l *net.TCPListener) *Listener {
	return &Listener{TCPListener: l, conns: map[*Conn]struct{}{}}
}

// NewSharedListener is [NewListener] for a socket that other processes accept from, too,
// or will: when it stops, it leaves what the kernel has accepted to them.
func NewSharedListener(l *net.TCPListener) *Listener {
	shared := NewListener(l)
	shared.shared = true
	return shared
}

const (
	// handshakeTimeout is how long the handshakes that are under way have to complete
	// when the listener stops.
	handshakeTimeout = 10 * time.Millisecond
	// maxAcceptTime bounds the time for which connections are still accepted where
	// new ones keep coming in.
	maxAcceptTime = time.Second
)

// StopAccepting makes Accept return what the kernel has accepted, and then, when
// nothing more is there, close the listener and fail. That of a shared listener fails at
// once. Further calls do nothing.
func (l *Listener) StopAccepting() {
	l.stop.Do(func() {
		l.acceptUntil = time.Now().Add(maxAcceptTime)
		l.closing.Store(true)
		if l.shared {
			_ = l.SetDeadline(time.Now()) // fails when it is closed
			return
		}
		dropNewHandshakes(l.TCPListener)
		_ = l.SetDeadline(time.Now().Add(handshakeTimeout))
	})
}

// Shared reports whether other processes accept from the socket, too.
func (l *Listener) Shared() bool { return l.shared }

// Accept returns the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.AcceptTCP()
		switch {
		case err == nil:
			return l.add(accepted), nil
		case !l.closing.Load() || !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case l.shared || !readable(l.TCPListener) || time.Now().After(l.acceptUntil):
			_ = l.Close()
			return nil, net.ErrClosed
		}
		_ = l.SetDeadline(time.Now().Add(handshakeTimeout)) // it fails only when l is closed, and so does Accept
	}
}

func (l *Listener) add(accepted *net.TCPConn) net.Conn {
	c := &Conn{TCPConn: accepted, listener: l, expecting: true}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = struct{}{}
	return c
}

// ConnState is for [http.Server.ConnState]. The server may serve several listeners.
func ConnState(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*Conn)
	if !ok {
		return
	}
	switch state {
	case http.StateIdle:
		c.expecting = true
	case http.StateClosed, http.StateHijacked:
		c.listener.remove(c)
	}
}

func (l *Listener) remove(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	if l.gone != nil && len(l.conns) == 0 {
		close(l.gone)
		l.gone = nil
	}
}

// Conn is a connection that knows whether it is idle. The http.Server gets it, and hands
// it out when it is hijacked.
type Conn struct {
	*net.TCPConn
	listener  *Listener
	expecting bool // the next byte begins a request; belongs to the goroutine that reads

	// turn is odd while a read waits for the first byte of a request.
	turn atomic.Uint32

	// The turn at the last check of Drain, and the number of checks that saw it.
	seen  uint32
	quiet int
}

// Read notes the first byte of a request. Other reads have no extra cost.
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

// NetConn returns the underlying connection, for a handler that has hijacked it.
func (c *Conn) NetConn() *net.TCPConn { return c.TCPConn }

// closeQuiet closes the connection if it has been idle for that many calls in a row and
// has no byte to read. A request that arrives at that moment is lost, as always when a
// server closes an idle connection.
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

const (
	// tick is the interval between two checks of the connections, and idleChecks the
	// number of checks in a row that must find a connection idle before it is
	// closed: a quarter of a second, and longer on a busy machine, where both ticks
	// and requests are late.
	tick       = 5 * time.Millisecond
	idleChecks = 50
	// maxIdleWait is the time after which an idle connection is closed at its first
	// check: its client has ignored Connection: close.
	maxIdleWait = 5 * time.Second
)

// Settle waits until each connection has brought the first byte of a request, for a
// quarter of a second at most. Call it after the last Accept.
func (l *Listener) Settle() {
	for range idleChecks {
		time.Sleep(tick) // first, so that the handler gets what has just been read
		if !l.unused() {
			return
		}
	}
}

// unused reports whether a connection has not brought any byte.
func (l *Listener) unused() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		if c.turn.Load() < 2 {
			return true
		}
	}
	return false
}

// Drain closes the connections, each when its request is answered, or when none
// has come for a while. It returns when all are gone, or the error of ctx. Call
// it after the last Accept.
func (l *Listener) Drain(ctx context.Context) error {
	gone := l.whenGone()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	limit := maxIdleWait
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/2)
	}
	for began := time.Now(); ; {
		select {
		case <-gone:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		calls := idleChecks
		if time.Since(began) > limit {
			calls = 0
		}
		l.closeQuiet(calls)
	}
}

// whenGone returns a channel that is closed when no connection is left.
func (l *Listener) whenGone() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := make(chan struct{})
	if len(l.conns) == 0 {
		close(gone)
	} else {
		l.gone = gone
	}
	return gone
}

func (l *Listener) closeQuiet(calls int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		c.closeQuiet(calls)
	}
}
