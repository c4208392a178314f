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
	closing     atomic.Bool
	acceptUntil time.Time // set before closing

	mu    sync.Mutex
	conns map[*Conn]struct{}
	gone  chan struct{} // closed when conns is empty; nil unless Drain waits
}

// NewListener returns a listener that accepts from l. Give its ConnState to the
// http.Server.
func NewListener(l *net.TCPListener) *Listener {
	return &Listener{TCPListener: l, conns: map[*Conn]struct{}{}}
}

const (
	// settle is how long the handshakes that are under way have to complete
	// when the listener stops.
	settle = 10 * time.Millisecond
	// maxSettle bounds the time for which connections are still accepted where
	// new ones keep coming in.
	maxSettle = time.Second
)

// StopAccepting makes Accept return what the kernel has accepted, and then, when
// nothing more is there, close the listener and fail.
func (l *Listener) StopAccepting() {
	l.acceptUntil = time.Now().Add(maxSettle)
	l.closing.Store(true)
	dropNewHandshakes(l.TCPListener)
	_ = l.SetDeadline(time.Now().Add(settle)) // fails when it is closed
}

// Accept returns the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.AcceptTCP()
		switch {
		case err == nil:
			return l.add(accepted), nil
		case !l.closing.Load() || !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case !readable(l.TCPListener) || time.Now().After(l.acceptUntil):
			_ = l.Close()
			return nil, net.ErrClosed
		}
		_ = l.SetDeadline(time.Now().Add(settle)) // it fails only when l is closed, and so does Accept
	}
}

func (l *Listener) add(accepted *net.TCPConn) net.Conn {
	c := &Conn{TCPConn: accepted, expecting: true}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = struct{}{}
	return c
}

// ConnState is for [http.Server.ConnState].
func (l *Listener) ConnState(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*Conn)
	if !ok {
		return
	}
	switch state {
	case http.StateIdle:
		c.expecting = true
	case http.StateClosed, http.StateHijacked:
		l.remove(c)
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
