package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/web/internal/conntrack"
)

// guarded cuts off a client that does not take its response within the write timeout,
// and answers for a handler that panics.
type guarded struct {
	next          http.Handler
	writeTimeout  time.Duration // how long a client may take to accept the bytes written to it
	draining      *atomic.Bool
	errors        errorWriter
	logger        *slog.Logger
	hideInternals bool
	caller        func(*http.Request) string // the caller's address
	id            func(*http.Request) string // the id of a request
}

// ServeHTTP answers one request.
func (h *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g := &guard{ResponseWriter: w, of: h}
	g.deadline.timeout = h.writeTimeout
	g.access = accessBegun(r)
	if g.access == nil {
		g.own.begin(h, r)
		g.access, g.counts = &g.own, true
		defer g.own.end()
	}
	defer g.seal.close()
	defer func() {
		if value := recover(); value != nil {
			h.recovered(g, r, value)
		}
	}()
	if h.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	h.next.ServeHTTP(g, r)
	if !g.hijacked {
		g.deadline.extend(w) // what is buffered goes out now
	}
}

// recovered answers for a handler that has panicked. When a part of the response has
// been sent, it cuts the connection, so that the client does not take it for complete.
func (h *guarded) recovered(g *guard, r *http.Request, value any) {
	if value == http.ErrAbortHandler {
		g.access.cut = true
		cut(r)
	}
	h.logger.Error("a handler panicked", "method", r.Method, "path", r.URL.Path,
		"panic", fmt.Sprint(value), "stack", string(debug.Stack()))
	if g.wrote {
		g.access.cut = true
		cut(r)
	}
	message := "Internal server error"
	if !h.hideInternals {
		message = fmt.Sprintf("panic: %v", value)
	}
	h.errors.write(g, r, &fault.Error{Type: fault.ConnectionServerError, Message: message})
}

type connKey struct{}

// withConn is for [http.Server.ConnContext].
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// cut ends a response that has begun and is not whole: it panics. In HTTP/2 the stream is
// reset, and with chunks or a Content-Length the end is missing. HTTP/1.0 has no chunks,
// so that the end of the connection is that of the body: there, the connection is
// reset instead of closed.
func cut(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(interface{ SetLinger(sec int) error }); ok && !r.ProtoAtLeast(1, 1) {
		_ = c.SetLinger(0) // it fails when the connection is gone
	}
	panic(http.ErrAbortHandler)
}

// sealed keeps middleware of the app from using the writer of package http, whose
// buffers are pooled, after it has returned. Handlers within have a guard.
func sealed(next http.Handler, within *guarded) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g := &guard{ResponseWriter: w, of: within, counts: true} // without a deadline
		g.own.begin(within, r)
		g.access = &g.own
		defer g.own.end()
		defer g.seal.close()
		if within.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(g, r.WithContext(context.WithValue(r.Context(), accessKey{}, g.access)))
	})
}

// writeDeadline is the time by which a client must have taken the bytes written so
// far. Writes extend it, at most once a second or twice per timeout. Package http
// removes it from the connection after each request.
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

// guard is the writer of a guarded response. It counts what is written, for the log, and
// extends the deadline when bytes are sent, not when they are buffered. After its handler
// has returned, its methods return [ErrHandlerReturned].
type guard struct {
	http.ResponseWriter
	of       *guarded
	deadline writeDeadline
	access   *access // of the request
	own      access  // what access points to, unless a guard further out has it
	counts   bool    // access is its own
	seal     seal
	wrote    bool
	buffered int
	hijacked bool
}

// guardedOf returns what guards the response that a handler writes to, or nil.
func guardedOf(w http.ResponseWriter) *guarded {
	for {
		switch outer := w.(type) {
		case *guard:
			return outer.of
		case interface{ Unwrap() http.ResponseWriter }:
			w = outer.Unwrap()
		default:
			return nil
		}
	}
}

// maxBuffered is the number of bytes that package http buffers at least.
const maxBuffered = 2 << 10

// Unwrap returns the underlying writer, for [http.ResponseController].
func (g *guard) Unwrap() http.ResponseWriter { return g.ResponseWriter }

func (g *guard) WriteHeader(status int) {
	if g.seal.enter() != nil {
		return
	}
	defer g.seal.leave()
	if status >= http.StatusOK {
		g.begin(status)
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
	g.begin(http.StatusOK)
	if g.buffered += len(p); g.buffered >= maxBuffered {
		g.buffered = 0
		g.deadline.extend(g.ResponseWriter)
	}
	n, err := g.ResponseWriter.Write(p)
	if g.counts {
		g.access.bytes += int64(n)
	}
	return n, err
}

// begin notes that the response begins, with a status that the first call decides.
func (g *guard) begin(status int) {
	if g.wrote {
		return
	}
	g.wrote = true
	if g.counts {
		g.access.status = status
	}
}

// Hijack hands the connection over. Its deadlines are then up to the caller.
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
	g.access.status = http.StatusSwitchingProtocols // the new owner of the connection writes it
	g.access.end()
	if counted, ok := conn.(*conntrack.Conn); ok {
		conn = counted.NetConn()
	}
	return conn, buffered, nil
}

// Flush sends the buffered bytes.
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

// SetReadDeadline is for [http.ResponseController]. A call after the handler has
// returned would set that of the next request.
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

// ErrHandlerReturned is the error of Write, Flush, Hijack and SetReadDeadline of a
// ResponseWriter whose handler has returned. Such a call could reach the next response
// of the connection, or, because buffers are pooled, a response to another client.
var ErrHandlerReturned = errors.New("web: the handler has returned, its response cannot be written to any more")

// seal allows calls until it is closed. The zero seal is open.
type seal struct {
	mu     sync.RWMutex
	closed bool
}

// enter begins a call. Unless it returns an error, leave must follow.
func (s *seal) enter() error {
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return ErrHandlerReturned
	}
	return nil
}

func (s *seal) leave() { s.mu.RUnlock() }

// close waits for calls that have begun.
func (s *seal) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
}
