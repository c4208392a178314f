package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/keryx-go/keryx/internal/portowner"
	"github.com/keryx-go/keryx/web/internal/conntrack"
)

// listener is the state of a server between Start and Stop.
type listener struct {
	settings Settings
	logger   *slog.Logger
	draining *atomic.Bool

	mu     sync.Mutex
	server *http.Server // nil: it does not listen
	conns  *conntrack.Listener
	served chan struct{} // closed when serve has returned
	url    atomic.Value  // a string; apart from mu, which stop holds while requests still ask for it
}

// start listens, calls ready, and then serves with the handler.
func (l *listener) start(ctx context.Context, h http.Handler, ready func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		return errors.New("the web server is already running")
	}
	c := l.settings
	address := net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	var plain net.ListenConfig
	plain.SetMultipathTCP(false) // its sockets take no filter, which conntrack needs to stop them
	bound, err := plain.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; %s", address, err, remedy(err, c.Port))
	}
	ready()
	tcp := bound.(*net.TCPListener)
	l.conns = conntrack.NewListener(tcp)
	l.server = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: c.ReadHeaderTimeout,
		ReadTimeout:       c.ReadTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    c.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(l.logger.Handler(), slog.LevelDebug),
		ConnState:         l.conns.ConnState,
		ConnContext:       withConn,
	}
	l.url.Store("http://" + net.JoinHostPort(c.Host, strconv.Itoa(tcp.Addr().(*net.TCPAddr).Port)))
	l.served = make(chan struct{})
	go l.serve(l.server, l.conns, l.served)
	return nil
}

// remedy says what to do about a port that cannot be had.
func remedy(err error, port int) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		if owner, known := portowner.Find(port); known {
			return fmt.Sprintf("%s has the port: stop it, or set WEB_SERVER_PORT to another, such as %d", owner, port+1)
		}
		return fmt.Sprintf("another process has the port: stop it, or set WEB_SERVER_PORT to another, such as %d", port+1)
	case errors.Is(err, syscall.EACCES):
		return "ports below 1024 are for privileged processes: set WEB_SERVER_PORT to a higher one, such as 8080"
	}
	return "set WEB_SERVER_HOST or WEB_SERVER_PORT"
}

func (l *listener) serve(server *http.Server, conns net.Listener, served chan<- struct{}) {
	defer close(served)
	if err := server.Serve(conns); !errors.Is(err, http.ErrServerClosed) && !l.draining.Load() {
		l.logger.Error("the web server stopped", "error", err)
	}
}

// address returns the URL that the server listens on, or "".
func (l *listener) address() string {
	url, _ := l.url.Load().(string)
	return url
}

// stop accepts no connection any more, and answers every accepted request: see
// [Server.Stop].
func (l *listener) stop(ctx context.Context, streams *streams) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return nil
	}
	l.draining.Store(true)
	l.conns.StopAccepting()
	<-l.served // from here on there are no new connections
	defer streams.end(ctx)()
	err := l.conns.Drain(ctx)
	if err != nil {
		_ = l.server.Close()
		err = fmt.Errorf("requests were still running: %w", cmp.Or(context.Cause(ctx), err))
	} else {
		err = l.server.Shutdown(ctx) // not before: it drops the requests that it finds half read
	}
	l.server = nil
	l.url.Store("")
	return err
}
