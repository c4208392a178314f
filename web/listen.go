package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/web/internal/conntrack"
)

// listening is the state of the server between Start and Stop.
type listening struct {
	mu       sync.Mutex
	server   *http.Server
	listener *conntrack.Listener
	served   chan struct{} // closed when Serve has returned
	url      atomic.Value  // a string; apart from mu, which Stop holds while requests still ask for it
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
	var plain net.ListenConfig
	plain.SetMultipathTCP(false) // its sockets take no filter, which conntrack needs to stop them
	listener, err := plain.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; set WEB_SERVER_HOST or WEB_SERVER_PORT", address, err)
	}
	h := s.build()
	s.handler.Store(&h)
	s.draining.Store(false)
	s.streams.begin()
	tcp := listener.(*net.TCPListener)
	l.listener = conntrack.NewListener(tcp)
	l.server = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: c.ReadHeaderTimeout,
		ReadTimeout:       c.ReadTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    c.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.options.Logger.Handler(), slog.LevelDebug),
		ConnState:         l.listener.ConnState,
	}
	l.url.Store("http://" + net.JoinHostPort(c.Host, strconv.Itoa(tcp.Addr().(*net.TCPAddr).Port)))
	l.served = make(chan struct{})
	go s.serve(l.server, l.listener, l.served)
	s.announce()
	return nil
}

// announce logs the routes of actions.
func (s *Server) announce() {
	prefix := strings.TrimSuffix(s.options.Config.APIRoute, "/")
	for _, e := range s.options.Actions.All() {
		if !e.Reachable(connection.Web) {
			continue
		}
		args := []any{"method", e.Web.Method, "path", prefix + e.Web.Path, "action", e.Name}
		if e.Only != nil {
			args = append(args, "only", strings.Join(e.Transports(), " "))
		}
		s.options.Logger.Info("route", args...)
	}
}

func (s *Server) serve(server *http.Server, listener net.Listener, served chan<- struct{}) {
	defer close(served)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) && !s.draining.Load() {
		s.options.Logger.Error("the web server stopped", "error", err)
	}
}

// URL returns the URL that the server listens on, such as "http://localhost:8080", or
// "" when it does not listen.
func (s *Server) URL() string {
	url, _ := s.listening.url.Load().(string)
	return url
}

// Drain makes /readyz report that the server drains, and asks clients to close their
// connections. Stop calls it; call it for a part that stops earlier.
func (s *Server) Drain() { s.draining.Store(true) }

// Stop drains the server: /readyz reports it, no connection is accepted any more, and
// every accepted request is answered. An idle connection has a quarter of a second to
// send one. Stop returns when the last response is sent, or when ctx ends, with an
// error; then it cuts the other connections. Stopping a server that does not run does
// nothing.
func (s *Server) Stop(ctx context.Context) error {
	l := &s.listening
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return nil
	}
	s.draining.Store(true)
	l.listener.StopAccepting()
	<-l.served // from here on there are no new connections
	defer s.streams.end(ctx)()
	err := l.listener.Drain(ctx)
	if err != nil {
		_ = l.server.Close()
		err = fmt.Errorf("requests were still running: %w", err)
	} else {
		err = l.server.Shutdown(ctx) // not before: it drops the requests that it finds half read
	}
	l.server = nil
	l.url.Store("")
	return err
}
