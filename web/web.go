// Package web answers HTTP: it routes requests to actions, gathers their
// parameters, and writes results and errors as the wire has them. It also
// serves static files, health checks, and the handlers that an app mounts.
//
// A [Server] is an [http.Handler], so that an app can wrap it or mount it in a
// server of its own; Start and Stop give it a listener.
package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/part"
)

// Options configure a [Server].
type Options struct {
	// Config are the WEB_* settings. [config.Default] returns their defaults.
	Config Settings
	// Actions are the actions to serve. Required.
	Actions *action.Registry
	// Name is sent as X-SERVER-NAME.
	Name string
	// Logger gets errors that clients do not see. Required.
	Logger *slog.Logger
	// Checks decide /readyz. Nil: ready whenever the server runs.
	Checks []Check
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
	static     *static
	mounted    []part.Mount
	frozen     bool
	middleware []func(http.Handler) http.Handler
	handler    atomic.Pointer[http.Handler]
	draining   atomic.Bool
	listening  listening
	streams    streams
}

// New returns a server that does not listen yet.
func New(o Options) *Server {
	return &Server{
		options: o, headers: newHeaders(o.Name, o.Config), proxies: newProxies(o.Config.TrustedProxies),
		static: newStatic(o.Config.StaticFiles, o.Static),
	}
}

// Use wraps everything that the server answers, outermost first. It panics after
// [Server.Freeze].
func (s *Server) Use(middleware ...func(http.Handler) http.Handler) {
	s.mustBeOpen("middleware", "api.Web.Use")
	s.middleware = append(s.middleware, middleware...)
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

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := s.handler.Load()
	if h == nil {
		built := s.build()
		h = &built
		s.handler.CompareAndSwap(nil, h)
	}
	(*h).ServeHTTP(w, r)
}

// build returns the handler of all requests.
func (s *Server) build() http.Handler {
	h := s.guarded(s.mountedFirst(s.upgraded(s.compressed(s.router()))))
	for i := len(s.middleware) - 1; i >= 0; i-- {
		h = s.middleware[i](h)
	}
	if len(s.middleware) > 0 {
		h = s.sealed(h)
	}
	return h
}

// Check is one condition for being ready.
type Check struct {
	Name string
	// Check returns nil when all is well. Its context ends after two seconds.
	Check func(context.Context) error
}

// writeTimeout returns how long a client may take to accept the bytes written to it.
func (s *Server) writeTimeout() time.Duration { return s.options.Config.WriteTimeout }

// fail answers with an error of the wire.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err *fault.Error) {
	status := err.HTTPStatus()
	if status == http.StatusRequestEntityTooLarge || status == http.StatusRequestTimeout && r.Context().Err() == nil {
		w.Header().Set("Connection", "close") // the rest of the body is of no use
	}
	writeJSON(w, status, err.Body(s.options.Config.IncludeStackInErrors))
}

var _ part.Server = (*Server)(nil)

// Name returns "web": the server is a part of its app.
func (s *Server) Name() string { return "web" }

// DependsOn returns the parts that serve requests.
func (s *Server) DependsOn() []string { return []string{"actions", "channels"} }

// Serves returns true.
func (s *Server) Serves() bool { return true }
