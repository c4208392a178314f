// Package web answers HTTP: it routes requests to actions, gathers their
// parameters, and writes results and errors as the wire has them. It also
// serves static files, health checks, and the handlers that an app mounts.
//
// A [Server] is an [http.Handler], so that an app can wrap it or mount it in a
// server of its own; Start and Stop give it a listener.
package web

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/web/internal/devhook"
)

// Options configure a [Server].
type Options struct {
	// Config are the WEB_* settings. [config.Default] returns their defaults.
	Config Settings
	// Actions are the actions to serve. Required.
	Actions *action.Registry
	// Name is sent as X-SERVER-NAME.
	Name string
	// Logger gets a line for each request, and errors that clients do not see. Nil
	// discards them.
	Logger *slog.Logger
	// Checks decide /readyz. Nil: ready whenever the server runs.
	Checks []Check
	// Statuses are the HTTP statuses of errors. Nil: those of the protocol.
	Statuses fault.Statuses
	// HideInternals hides the errors of failed checks and of handlers from
	// clients.
	HideInternals bool
	// Static are the static files. Nil means those of the directory that Config
	// names.
	Static fs.FS
	// Upgrade answers GET requests for a WebSocket, on any path (package
	// websocket). The headers of every response have been set. Nil: such requests
	// are like any other.
	Upgrade http.Handler
	// Attach returns the context for the run of an action: that of the request,
	// with the session and identity of the caller (package auth). Nil adds nothing.
	Attach func(context.Context) context.Context
}

// Server serves the actions of an app over HTTP.
type Server struct {
	options    Options
	headers    *headers
	proxies    proxies
	pages      pages
	static     *static
	mounts     mounts
	frozen     bool
	middleware []func(http.Handler) http.Handler
	handler    atomic.Pointer[http.Handler]
	draining   atomic.Bool
	listener   listener
	streams    streams
}

// New returns a server that does not listen yet.
func New(o Options) *Server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		options: o, headers: newHeaders(o.Name, o.Config), proxies: newProxies(o.Config.TrustedProxies), pages: newPages(o.Config),
		static: newStatic(o.Config.StaticFiles, o.Static, o.Config.APIRoute),
	}
	s.mounts = mounts{headers: s.headers, maxBody: o.Config.MaxBodySize, compression: o.Config.Compression, pages: s.pages}
	s.listener.settings, s.listener.logger, s.listener.draining = o.Config, o.Logger, &s.draining
	return s
}

// Use wraps everything that the server answers, outermost first. It panics when a
// middleware is nil, and after [Server.Freeze].
func (s *Server) Use(middleware ...func(http.Handler) http.Handler) {
	if slices.ContainsFunc(middleware, func(m func(http.Handler) http.Handler) bool { return m == nil }) {
		panic("keryx: api.Web.Use: a middleware is nil")
	}
	s.mustBeOpen("middleware", "api.Web.Use")
	s.middleware = append(s.middleware, middleware...)
}

// Handle mounts a handler at a pattern of [http.ServeMux]: see [Server.Mount].
func (s *Server) Handle(pattern string, h http.Handler) {
	s.Mount(part.Mount{Pattern: pattern, Handler: h})
}

// HandleFunc mounts a function at a pattern, with the middleware of actions around it,
// outermost first:
//
//	api.Web.HandleFunc("GET /metrics", metrics, auth.RequireRole("admin"))
//
// The context of the request is like that of an action: it has the connection, the
// session and the identity of the caller. Middleware that refuses the caller answers as
// it does for an action: with the wire's error and with the headers of the reply, such
// as WWW-Authenticate and Retry-After. An error that the function returns is written
// in the same way ([WriteError]), unless it has written something before: then the
// connection is cut, so that the client does not take the part for the whole.
//
// The headers of the reply, such as the session's cookie, are written right before the
// first byte, or before the connection is hijacked.
//
// It is no action: there is no timeout, and no middleware of all actions
// ([action.Registry.Use]). Middleware sees a call whose Action has the
// pattern as its name, and no input. It panics as [Server.Mount] does.
func (s *Server) HandleFunc(pattern string, f func(http.ResponseWriter, *http.Request) error, middleware ...action.Middleware) {
	if f == nil {
		panic(fmt.Sprintf("keryx: handler %q: it is nil", pattern))
	}
	s.Handle(pattern, newFuncHandler(pattern, f, middleware, s.Connection, s.options.Attach, s.pages))
}

// Mount adds a handler beside the actions. It panics when the pattern is wrong or
// that of another handler, and after [Server.Freeze]. A pattern that conflicts with
// the route of an action is a panic when the server starts.
func (s *Server) Mount(m part.Mount) {
	s.mustBeOpen("handler", m.Pattern)
	s.mounts.add(m)
}

// HandleUpgrades sets the handler of GET requests on any path that ask for a
// WebSocket: see [Options.Upgrade]. It panics after [Server.Freeze].
func (s *Server) HandleUpgrades(h http.Handler) {
	s.mustBeOpen("handler", "WebSocket")
	s.options.Upgrade = h
}

// AddCheck adds a check to those that decide /readyz. It panics after
// [Server.Freeze].
func (s *Server) AddCheck(c Check) {
	s.mustBeOpen("check", c.Name)
	s.options.Checks = append(s.options.Checks, c)
}

// Freeze ends the registration of handlers, middleware and checks: a later one
// panics. An app calls it when it starts.
func (s *Server) Freeze() { s.frozen = true }

func (s *Server) mustBeOpen(what, name string) {
	if s.frozen {
		panic(fmt.Sprintf("keryx: %s %q: the app has started; add it before", what, name))
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := s.handler.Load()
	if h == nil {
		built := s.build()
		h = &built
		s.handler.CompareAndSwap(nil, h)
	}
	s.headers.ids.assign(r)
	(*h).ServeHTTP(w, r)
}

// build returns the handler of all requests.
func (s *Server) build() http.Handler {
	c := s.options.Config
	errors := errorWriter{c.IncludeStackInErrors, s.options.Statuses}
	routes := s.routes(errors)
	var h http.Handler = newRouter(routes, &s.mounts, s.headers, s.static, errors)
	h = upgraded(compressed(h, c.Compression), s.options.Upgrade, s.headers)
	within := &guarded{
		next: s.mounts.before(h, routes), writeTimeout: c.WriteTimeout, draining: &s.draining,
		errors: errors, logger: s.options.Logger, hideInternals: s.options.HideInternals,
		caller: s.caller, id: s.headers.ids.of,
	}
	h = within
	for i := len(s.middleware) - 1; i >= 0; i-- {
		h = s.middleware[i](h)
	}
	if len(s.middleware) > 0 {
		h = sealed(h, within)
	}
	return devhook.Wrap(h)
}

// routes returns those of the actions and of the health checks.
func (s *Server) routes(errors errorWriter) []route {
	o := &s.options
	routes := []route{
		{livezPattern, "the health check", http.HandlerFunc(livez)},
		{readyzPattern, "the health check", &readyz{o.Checks, &s.draining, o.Logger, o.HideInternals}},
	}
	shared := &endpoints{
		maxBody: o.Config.MaxBodySize, caller: s.Connection, attach: o.Attach, pages: s.pages,
		streams: &s.streams, errors: errors,
	}
	for _, e := range o.Actions.All() {
		if e.Reachable(connection.Web) {
			routes = append(routes, route{
				e.Web.Method + " " + s.path(e), "action " + e.Name, &endpoint{shared, e, e.Web.PathParams(), placesOf(e), e.Web.Method == http.MethodGet},
			})
		}
	}
	return routes
}

// path returns the path of an action's route.
func (s *Server) path(e *action.Entry) string {
	return strings.TrimSuffix(s.options.Config.APIRoute, "/") + e.Web.Path
}

// Connection describes the caller of a request to actions. It is for other
// transports on the same port, which change Transport.
func (s *Server) Connection(r *http.Request) *connection.Connection {
	return &connection.Connection{
		Transport: connection.Web, RemoteAddr: s.caller(r), CorrelationID: s.headers.ids.of(r),
		Host: r.Host, Method: r.Method, URL: r.RequestURI, Header: r.Header,
	}
}

// caller returns the address that a request comes from.
func (s *Server) caller(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if len(s.proxies) == 0 {
		return host
	}
	return s.proxies.caller(host, r.Header["X-Forwarded-For"])
}

var _ part.Server = (*Server)(nil)

// Name returns "web": the server is a part of its app.
func (s *Server) Name() string { return "web" }

// DependsOn returns the parts that serve requests.
func (s *Server) DependsOn() []string { return []string{"actions", "channels"} }

// Serves returns true.
func (s *Server) Serves() bool { return true }

// Start listens on the configured host and port and serves until Stop. Port 0
// takes a free one; see [Server.URL]. A process that inherits sockets, as by systemd's
// socket activation, serves on these instead: on all of them, one of which must have the
// configured port, unless that is 0.
func (s *Server) Start(ctx context.Context) error {
	err := s.listener.start(ctx, s, func() {
		h := s.build()
		s.handler.Store(&h)
		s.draining.Store(false)
		s.streams.begin()
	})
	if err == nil {
		s.logRoutes()
		checkTemporary(s.options.Actions.All(), s.options.Logger)
	}
	return err
}

// logRoutes logs the routes of actions.
func (s *Server) logRoutes() {
	routes := 0
	for _, e := range s.options.Actions.All() {
		if !e.Reachable(connection.Web) {
			continue
		}
		routes++
		args := []any{"method", e.Web.Method, "path", s.path(e), "action", e.Name}
		if e.Only != nil {
			args = append(args, "only", strings.Join(e.Transports(), " "))
		}
		s.options.Logger.Debug("route", args...)
	}
	s.options.Logger.Info("routes", "actions", routes, "handlers", len(s.mounts.list))
}

// OpenHandlers returns the patterns of the mounted handlers that every caller may call, as
// far as the server knows: all but those of [Server.HandleFunc] whose middleware asks who is
// calling.
func (s *Server) OpenHandlers() []string {
	var open []string
	for _, m := range s.mounts.list {
		if f, ok := m.Handler.(*funcHandler); !ok || !action.Known(f.external.Guards()) {
			open = append(open, m.Pattern)
		}
	}
	return open
}

// StaticFiles describes where static files are served, and from where, such as "/ from
// assets". It is "" when there are none.
func (s *Server) StaticFiles() string { return s.static.String() }

// URL returns the URL that the server listens on, such as "http://localhost:8080", or
// "" when it does not listen.
func (s *Server) URL() string { return s.listener.address() }

// Drain makes /readyz report that the server drains, and asks clients to close their
// connections. New connections on sockets that the process has inherited are left to the
// process that has them next. Stop calls it; call it for a part that stops earlier.
func (s *Server) Drain() {
	s.draining.Store(true)
	s.listener.leave()
}

// Stop drains the server: /readyz reports it, no connection is accepted any more, and
// every accepted request is answered. An idle connection has a quarter of a second to
// send one. Stop returns when the last response is sent, or when ctx ends, with an
// error; then it cuts the other connections. Stopping a server that does not run does
// nothing.
func (s *Server) Stop(ctx context.Context) error { return s.listener.stop(ctx, &s.streams) }
