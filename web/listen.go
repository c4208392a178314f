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
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/keryx-go/keryx/internal/portowner"
	"github.com/keryx-go/keryx/web/internal/activation"
	"github.com/keryx-go/keryx/web/internal/conntrack"
)

// listener is the state of a server between Start and Stop.
type listener struct {
	settings Settings
	logger   *slog.Logger
	draining *atomic.Bool

	mu        sync.Mutex
	inherited *activation.Sockets // nil until the first start
	server    *http.Server        // nil: it does not listen
	sockets   []*conntrack.Listener
	serving   sync.WaitGroup // runs of serve
	url       atomic.Value   // a string; apart from mu, which stop holds while requests still ask for it
}

// start listens, calls ready, and then serves with the handler.
func (l *listener) start(ctx context.Context, h http.Handler, ready func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		return errors.New("the web server is already running")
	}
	sockets, err := l.listen(ctx)
	if err != nil {
		return err
	}
	ready()
	c := l.settings
	l.sockets = sockets
	l.server = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: c.ReadHeaderTimeout,
		ReadTimeout:       c.ReadTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    c.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(l.logger.Handler(), slog.LevelDebug),
		ConnState:         conntrack.ConnState,
		ConnContext:       withConn,
	}
	l.url.Store("http://" + net.JoinHostPort(c.Host, strconv.Itoa(l.port())))
	for _, socket := range l.sockets {
		l.serving.Go(func() { l.serve(l.server, socket) })
	}
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

// listen returns the sockets that the process inherits, or else a new one.
func (l *listener) listen(ctx context.Context) ([]*conntrack.Listener, error) {
	sockets, err := l.inherit()
	if err != nil || sockets != nil {
		return sockets, err
	}
	address := net.JoinHostPort(l.settings.Host, strconv.Itoa(l.settings.Port))
	var plain net.ListenConfig
	plain.SetMultipathTCP(false) // its sockets take no filter, which conntrack needs to stop them
	bound, err := plain.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; %s", address, err, remedy(err, l.settings.Port))
	}
	return []*conntrack.Listener{conntrack.NewListener(bound.(*net.TCPListener))}, nil
}

// inherit returns the sockets that the process inherits; there may be none. One of them
// must have the port of the settings, unless that is 0: it is what the app tells others.
func (l *listener) inherit() ([]*conntrack.Listener, error) {
	var err error
	if l.inherited == nil {
		if l.inherited, err = activation.Take(); err != nil {
			return nil, err
		}
	}
	listeners, err := l.inherited.Listeners()
	if err != nil || listeners == nil {
		return nil, err
	}
	var sockets []*conntrack.Listener
	var addresses []string
	found := l.settings.Port == 0
	for _, tcp := range listeners {
		sockets = append(sockets, conntrack.NewSharedListener(tcp))
		addresses = append(addresses, tcp.Addr().String())
		found = found || portOf(tcp) == l.settings.Port
	}
	if !found {
		for _, tcp := range listeners {
			_ = tcp.Close()
		}
		return nil, fmt.Errorf("the process inherits a socket on %s, and WEB_SERVER_PORT is %d; set WEB_SERVER_PORT=%d, or have the parent listen on %d (ListenStream= of a systemd unit)",
			strings.Join(addresses, " and "), l.settings.Port, portOf(listeners[0]), l.settings.Port)
	}
	l.logger.Info("serving on inherited sockets", "addresses", addresses)
	return sockets, nil
}

// port returns the port of the settings, or that of the first socket if it is 0.
func (l *listener) port() int {
	if l.settings.Port != 0 {
		return l.settings.Port
	}
	return portOf(l.sockets[0])
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func (l *listener) serve(server *http.Server, socket net.Listener) {
	if err := server.Serve(socket); !errors.Is(err, http.ErrServerClosed) && !l.draining.Load() {
		l.logger.Error("the web server stopped", "error", err)
	}
}

// address returns the URL that the server listens on, or "".
func (l *listener) address() string {
	url, _ := l.url.Load().(string)
	return url
}

// leave accepts no further connection from inherited sockets. It returns when those that
// it has accepted have brought their first request, or after a quarter of a second.
func (l *listener) leave() {
	if !l.mu.TryLock() {
		return // it stops
	}
	defer l.mu.Unlock()
	if l.server == nil || !l.sockets[0].Shared() {
		return
	}
	for _, socket := range l.sockets {
		socket.StopAccepting()
	}
	l.serving.Wait()
	for _, socket := range l.sockets {
		socket.Settle()
	}
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
	for _, socket := range l.sockets {
		socket.StopAccepting()
	}
	l.serving.Wait() // from here on there are no new connections
	defer streams.end(ctx)()
	err := l.drain(ctx)
	if err != nil {
		_ = l.server.Close()
		err = fmt.Errorf("requests were still running: %w", cmp.Or(context.Cause(ctx), err))
	} else {
		err = l.server.Shutdown(ctx) // not before: it drops the requests that it finds half read
	}
	l.server, l.sockets = nil, nil
	l.url.Store("")
	return err
}

// drain waits until the connections of all sockets have ended.
func (l *listener) drain(ctx context.Context) error {
	errs := make([]error, len(l.sockets))
	var drains sync.WaitGroup
	for i, socket := range l.sockets {
		drains.Go(func() { errs[i] = socket.Drain(ctx) })
	}
	drains.Wait()
	return cmp.Or(errs...)
}
