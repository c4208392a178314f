package web

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/web/internal/conntrack"
)

// guarded protects the server from both sides of a request: a client that
// does not take its answer is given up after the write timeout, and a handler
// that panics is answered for.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g := &guard{ResponseWriter: w}
		g.deadline.timeout = s.writeTimeout()
		defer g.seal.close()
		defer func() {
			if value := recover(); value != nil {
				s.recovered(g, r, value)
			}
		}()
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(g, r)
		if !g.hijacked {
			g.deadline.extend(w) // what is buffered goes out now
		}
	})
}

// recovered answers for a handler that panicked. When part of the answer is
// out, the connection is cut, so that no client takes a half for the whole.
func (s *Server) recovered(g *guard, r *http.Request, value any) {
	if value == http.ErrAbortHandler {
		panic(value)
	}
	s.options.Logger.Error("a handler panicked", "method", r.Method, "path", r.URL.Path,
		"panic", fmt.Sprint(value), "stack", string(debug.Stack()))
	if g.wrote {
		panic(http.ErrAbortHandler)
	}
	message := "Internal server error"
	if !s.options.HideInternals {
		message = fmt.Sprintf("panic: %v", value)
	}
	s.fail(g, r, &fault.Error{Type: fault.ConnectionServerError, Message: message})
}

// writeDeadline is how long a client may take to accept what is written. It moves
// with the writes of a response, but not more than once a second, or twice a
// timeout. Package http removes it from the connection after each request.
type writeDeadline struct {
	timeout time.Duration
	until   atomic.Int64 // nanoseconds since 1970
}

func (d *writeDeadline) extend(w http.ResponseWriter) {
	if d.timeout <= 0 {
		return
	}
	now := time.Now()
	slack := min(time.Second, d.timeout/2)
	if until := d.until.Load(); now.Add(d.timeout-slack).UnixNano() > until {
		d.until.Store(now.Add(d.timeout).UnixNano())
		_ = http.NewResponseController(w).SetWriteDeadline(now.Add(d.timeout)) // not every writer has one
	}
}

// guard is the writer of a guarded response. It moves the deadline before
// anything is sent, not before it is buffered. When the handler has returned it
// leads nowhere any more.
type guard struct {
	http.ResponseWriter
	deadline writeDeadline
	seal     seal
	wrote    bool
	buffered int
	hijacked bool
}

// maxBuffered is what package http buffers at least, in bytes.
const maxBuffered = 2 << 10

// Unwrap gives [http.ResponseController] the writer beneath, for what guard does
// not have itself.
func (g *guard) Unwrap() http.ResponseWriter { return g.ResponseWriter }

func (g *guard) WriteHeader(status int) {
	if g.seal.enter() != nil {
		return
	}
	defer g.seal.leave()
	if status >= http.StatusOK {
		g.wrote = true
	} else {
		g.deadline.extend(g.ResponseWriter)
	}
	g.ResponseWriter.WriteHeader(status)
}

func (g *guard) Write(p []byte) (int, error) {
	if err := g.seal.enter(); err != nil {
		return 0, err
	}
	defer g.seal.leave()
	g.wrote = true
	if g.buffered += len(p); g.buffered >= maxBuffered {
		g.buffered = 0
		g.deadline.extend(g.ResponseWriter)
	}
	return g.ResponseWriter.Write(p)
}

// Hijack hands the connection over, and with it the care for its deadlines.
func (g *guard) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := g.seal.enter(); err != nil {
		return nil, nil, err
	}
	defer g.seal.leave()
	conn, buffered, err := http.NewResponseController(g.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	g.hijacked = true
	if counted, ok := conn.(*conntrack.Conn); ok {
		conn = counted.NetConn()
	}
	return conn, buffered, nil
}

// Flush sends what is buffered, for streams.
func (g *guard) Flush() { _ = g.FlushError() }

// FlushError is Flush for [http.ResponseController].
func (g *guard) FlushError() error {
	if err := g.seal.enter(); err != nil {
		return err
	}
	defer g.seal.leave()
	g.deadline.extend(g.ResponseWriter)
	return http.NewResponseController(g.ResponseWriter).Flush()
}

// SetReadDeadline is for [http.ResponseController]. A late one would be the next
// request's.
func (g *guard) SetReadDeadline(t time.Time) error {
	if err := g.seal.enter(); err != nil {
		return err
	}
	defer g.seal.leave()
	return http.NewResponseController(g.ResponseWriter).SetReadDeadline(t)
}

// SetWriteDeadline is for [http.ResponseController], as SetReadDeadline is.
func (g *guard) SetWriteDeadline(t time.Time) error {
	if err := g.seal.enter(); err != nil {
		return err
	}
	defer g.seal.leave()
	return http.NewResponseController(g.ResponseWriter).SetWriteDeadline(t)
}

// ErrHandlerReturned is what a ResponseWriter returns from Write, Flush, Hijack
// and the setting of deadlines once its handler has returned. What such a call
// would reach is the next response by then: of the same client, or, where
// memory is pooled, of another one.
var ErrHandlerReturned = errors.New("web: the handler has returned, its response cannot be written to any more")

// seal lets calls through until it is closed. The zero seal is open.
type seal struct {
	mu     sync.RWMutex
	closed bool
}

// enter begins a call, which ends with leave, unless there is an error.
func (s *seal) enter() error {
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return ErrHandlerReturned
	}
	return nil
}

func (s *seal) leave() { s.mu.RUnlock() }

// close waits for the calls that are under way.
func (s *seal) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
}

// sealed keeps middleware of the app from using the writer of package http, whose
// buffers are pooled, after it has returned. Handlers within have a guard.
func (s *Server) sealed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g := &guard{ResponseWriter: w} // without a deadline
		defer g.seal.close()
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(g, r)
	})
}
