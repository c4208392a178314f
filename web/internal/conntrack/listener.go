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
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// tcpConn is what net/http wants of a connection: a [net.TCPConn], or one that
// embeds it.
type tcpConn interface {
	net.Conn
	io.ReaderFrom
	CloseWrite() error
	SyscallConn() (syscall.RawConn, error)
}

// Listener hands out connections that it keeps account of.
type Listener struct {
	net.Listener // the one to accept from
	tcp          *net.TCPListener
	closing      atomic.Bool
	acceptUntil  time.Time // set before closing

	mu    sync.Mutex
	conns map[*Conn]struct{}
	gone  chan struct{} // closed when conns is empty; nil unless Drain waits
}

// NewListener returns a listener that accepts from l, which wraps tcp or is it.
// Give its ConnState to the http.Server.
func NewListener(tcp *net.TCPListener, l net.Listener) *Listener {
	return &Listener{Listener: l, tcp: tcp, conns: map[*Conn]struct{}{}}
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
	dropNewHandshakes(l.tcp)
	_ = l.tcp.SetDeadline(time.Now().Add(settle)) // fails when it is closed
}

// Accept returns the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		switch {
		case err == nil:
			return l.add(accepted), nil
		case !l.closing.Load() || !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case !readable(l.tcp) || time.Now().After(l.acceptUntil):
			_ = l.Close()
			return nil, net.ErrClosed
		}
		_ = l.tcp.SetDeadline(time.Now().Add(settle)) // it fails only when l is closed, and so does Accept
	}
}

func (l *Listener) add(accepted net.Conn) net.Conn {
	tcp, ok := accepted.(tcpConn)
	if !ok {
		return accepted
	}
	c := &Conn{tcpConn: tcp, expecting: true}
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
