package websocket

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/redis"
)

// Options configure a [Server].
type Options struct {
	// Config are the WS_* settings. A field whose setting cannot be zero has the
	// default of the setting when it is zero.
	Config Settings
	// Actions are the actions to serve. Required.
	Actions *action.Registry
	// Channels are what clients subscribe to. Nil: there are none.
	Channels *channel.Hub
	// AllowedOrigins are origins whose pages may connect, besides the server's
	// own and those of Config. A "*" here, as CORS has it, allows none; one in
	// Config allows all of them, without credentials.
	AllowedOrigins []string
	// ApplicationURL is the URL under which people reach the server. Its
	// origin is the server's own.
	ApplicationURL string
	// Web is the HTTP server that finds the requests for a WebSocket. Nil: there
	// is none to ask for the caller of a request or to drain first.
	Web Front
	// Auth finds out who is calling (package auth). It refuses upgrades whose token
	// proves nothing, and ends subscriptions whose session has ended. Nil: all callers are
	// anonymous.
	Auth *auth.Auth
	// Redis tells all nodes what to do with which sockets: see [Server.Disconnect]. Nil:
	// users cannot be disconnected, and subscriptions end RightsInterval after their
	// sessions at the latest.
	Redis *redis.Connections
	// RightsInterval is how often subscriptions are held against the sessions that
	// they rest on. Zero: [DefaultRightsInterval].
	RightsInterval time.Duration
	// Attach returns the context of a message. Nil: that of Auth.
	Attach func(context.Context) context.Context
	// IncludeStack adds the stack to the errors that clients are sent.
	IncludeStack bool
	// Logger gets errors that clients do not see. Nil discards them.
	Logger *slog.Logger
}

// Front is an HTTP server that passes requests for a WebSocket on, such as that of
// package web.
type Front interface {
	// Connection describes the caller of a request.
	Connection(*http.Request) *connection.Connection
	// Drain makes the server say that it is not ready, before its WebSockets are
	// closed.
	Drain()
}

func (o Options) withDefaults() Options {
	config.Complete(&o.Config)
	if o.RightsInterval <= 0 {
		o.RightsInterval = DefaultRightsInterval
	}
	if o.Attach == nil && o.Auth != nil {
		o.Attach = o.Auth.Attach
	}
	if o.Attach == nil {
		o.Attach = func(ctx context.Context) context.Context { return ctx }
	}
	if o.Web == nil {
		o.Web = noFront{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// noFront is the default of Options.Web.
type noFront struct{}

// Drain does nothing.
func (noFront) Drain() {}

// Connection describes the caller by the address of the peer.
func (noFront) Connection(r *http.Request) *connection.Connection {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return &connection.Connection{RemoteAddr: host, Method: r.Method, URL: r.RequestURI, Header: r.Header}
}
