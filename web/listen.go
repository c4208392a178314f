package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/web/internal/lazyconn"
)

// listening is the server's life between Start and Stop.
type listening struct {
	mu     sync.Mutex
	server *http.Server
	url    string
	served chan struct{} // closed when Serve has returned
	open   atomic.Int64  // connections
}

// Start listens on the configured host and port and serves until Stop. Port 0
// takes a free one; see [Server.URL].
func (s *Server) Start(ctx context.Context) error {
	l := &s.listening
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		return errors.New("the web server is already running")
	}
	c := s.options.Config
	address := net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; set WEB_SERVER_HOST or WEB_SERVER_PORT", address, err)
	}
	h := s.build()
	s.handler.Store(&h)
	s.draining.Store(false)
	s.streams.begin()
	l.server = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: c.ReadHeaderTimeout,
		ReadTimeout:       c.ReadTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    c.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.options.Logger.Handler(), slog.LevelDebug),
		ConnState:         l.count,
		ConnContext:       s.withPatience,
	}
	l.url = "http://" + net.JoinHostPort(c.Host, strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	l.served = make(chan struct{})
	go s.serve(l.server, lazyconn.NewListener(listener), l.served)
	return nil
}

func (s *Server) serve(server *http.Server, listener net.Listener, served chan<- struct{}) {
	defer close(served)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) && !s.draining.Load() {
		s.options.Logger.Error("the web server stopped", "error", err)
	}
}

func (l *listening) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		l.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		l.open.Add(-1)
	}
}

// URL returns where the server listens, such as "http://localhost:8080", or
// "" while it does not.
func (s *Server) URL() string {
	s.listening.mu.Lock()
	defer s.listening.mu.Unlock()
	return s.listening.url
}

// Drain has /readyz say that the server drains, and clients asked to close
// their connections. Stop does so by itself; this is for what stops before it.
func (s *Server) Drain() { s.draining.Store(true) }

// lastCall is how long connections that a client keeps open may still bring a
// request after the server has begun to drain.
const lastCall = 100 * time.Millisecond

// Stop drains the server: /readyz says so, nothing new is accepted, and what
// has been accepted is answered. It returns when the last answer is out, or,
// with an error, when ctx ends; then the rest is cut off. Stopping a server
// that does not run does nothing.
func (s *Server) Stop(ctx context.Context) error {
	l := &s.listening
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return nil
	}
	s.draining.Store(true)
	l.waitForLastCall(ctx)
	defer s.streams.end(ctx)()
	err := l.server.Shutdown(ctx)
	if err != nil {
		_ = l.server.Close()
		err = fmt.Errorf("requests were still running: %w", err)
	}
	<-l.served
	l.server, l.url = nil, ""
	return err
}

// waitForLastCall gives the requests that are on their way over open
// connections the time to arrive; their answers ask the client to close.
func (l *listening) waitForLastCall(ctx context.Context) {
	if l.open.Load() == 0 {
		return
	}
	timer := time.NewTimer(lastCall)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
