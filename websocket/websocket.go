// Package websocket serves actions and channels over WebSockets.
//
// A [Server] is the handler for the requests that ask for an upgrade; package
// web finds them, on any path of its port. Each
// message is a JSON object:
//
//	> {"messageType":"action","action":"user:show","params":{"userId":5},"messageId":1}
//	< {"messageId":1,"response":{"user":{"id":5}}}
//	> {"messageType":"subscribe","channel":"room:7","messageId":"s"}
//	< {"messageId":"s","subscribed":{"channel":"room:7"}}
//	< {"message":{"channel":"room:7","message":"Hello","sender":"user:3"}}
//	> {"messageType":"unsubscribe","channel":"room:7"}
//	< {"unsubscribed":{"channel":"room:7"}}
//
// A reply to a message that fails has "error" instead of "response", with the same
// object as a failed HTTP request. The messageId is any JSON value; the reply repeats it
// as it was written, or has none.
//
// # Order
//
// The messages of one socket are worked on at the same time, up to
// WS_MAX_CONCURRENT_MESSAGES; further ones wait, up to 1 MiB of them. While that
// much waits and no answer gets done for a second, a message is answered with a
// CONNECTION_RATE_LIMITED error instead. Replies may therefore
// come in another order than their messages. Only subscribe and unsubscribe are done one after the other.
//
// # Streams
//
// An action that returns a stream is answered with a message for each piece,
// {"messageId":1,"streaming":true,"chunk":"…"}, and {"messageId":1,"streaming":false}
// at the end. If the stream fails, the error comes before that. Streams do not count as
// messages that are worked on; up to WS_MAX_STREAMS run at a time. A client ends the stream of an action that it has called with a
// messageId, also before the stream has begun:
//
//	> {"messageType":"cancel","messageId":1}
//	< {"messageId":1,"streaming":false}
//
// Cancel is an addition to the wire of Keryx. It ends streams only: an action that
// returns no stream replies as usual. It is an error when no running action has the
// messageId.
//
// # Leaving
//
// When a client leaves, with a close frame, a FIN or a reset, the context of all work for
// it ends at once. A client that disappears without any of them is found by a ping,
// within WS_PING_INTERVAL and WS_PING_TIMEOUT; any byte from it counts as an answer.
//
// # Origins
//
// A browser sends the cookies of the server with a WebSocket that any page opens,
// and there is no CORS to stop it. So the Origin of the request decides:
//
//   - none: it is not a browser; allowed
//   - the server's own, http or https at the request's Host or at the host of
//     APPLICATION_URL: allowed
//   - one that WS_ALLOWED_ORIGINS or WEB_SERVER_ALLOWED_ORIGINS names: allowed
//   - any other, "null" included, where WS_ALLOWED_ORIGINS is "*": allowed, but without
//     credentials, as in CORS. The cookies do not reach the actions, so there is no
//     session before the socket itself logs in
//   - any other: 403. A "*" in WEB_SERVER_ALLOWED_ORIGINS, its default, is about HTTP
//     only
//   - more than one: 403
//
// # Actions
//
// A client may name any action, and reaches those that [action.Entry.Reachable] says
// a WebSocket reaches: the ones with a route, unless their Only leaves WebSockets out,
// and the ones without a route whose Only names them. Any other gets the reply
// of an action that does not exist.
//
// # Limits
//
// A message over WS_MAX_PAYLOAD_SIZE closes its socket with 1009, one that is not
// UTF-8 with 1007. Above WS_MAX_MESSAGES_PER_SECOND each message is dropped and
// answered with an error. A client that does not read is cut off when WS_SEND_BUFFER
// bytes of messages of channels wait for it, with 1008 if it still takes that, or
// when it takes nothing of what is sent to it for WS_PING_TIMEOUT. A burst that comes
// faster than it can be written is no reason: the server then holds the messages of
// channels up, for half a second at most for one socket, and for two seconds and a
// tenth of the time for all of them together. Binary messages are read as text.
//
// Messages are not compressed: permessage-deflate would cost a broadcast to 1,000
// sockets 1,000 compressions, and memory for each socket that sends. A frame that
// is compressed nevertheless is a breach of the protocol, so there is nothing that
// could inflate.
package websocket

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/overdue"
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

// Server serves WebSockets.
type Server struct {
	options Options
	origins origins

	mu       sync.Mutex
	draining bool
	sockets  map[*socket]struct{}
	live     counter       // the goroutines of all sockets
	writers  writers       // who writes the messages of channels
	inPlace  *overdue.List // the sockets whose reading goroutine works on a message
	pace     pace

	watching     sync.WaitGroup
	stopWatching context.CancelFunc // of the goroutine that watches rights; nil: there is none
}

var _ http.Handler = (*Server)(nil)

// New returns a server. It serves until [Server.Stop].
func New(o Options) *Server {
	o = o.withDefaults()
	return &Server{options: o, origins: newOrigins(o), sockets: map[*socket]struct{}{}, inPlace: overdue.NewList(inPlace)}
}

// Start starts the server, also after Stop.
func (s *Server) Start(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = false
	s.writers.recall()
	if s.stopWatching == nil && s.options.Auth != nil && s.options.Channels != nil {
		ctx, stop := context.WithCancel(context.Background())
		s.stopWatching = stop
		s.watching.Go(func() { s.watchRights(ctx) })
	}
	s.announce()
	return nil
}

// announce logs the actions that are reached over WebSockets and have no route.
func (s *Server) announce() {
	for _, e := range s.options.Actions.All() {
		if e.Reachable(connection.WebSocket) && !e.Reachable(connection.Web) {
			s.options.Logger.Info("no route", "action", e.Name, "only", strings.Join(e.Transports(), " "))
		}
	}
}

// Count returns how many sockets are open.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets)
}

// admit counts an upgrade, unless the server drains.
func (s *Server) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.draining {
		s.live.add()
	}
	return !s.draining
}

// enter registers a socket, and reports whether the server drains.
func (s *Server) enter(k *socket) (draining bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets[k] = struct{}{}
	return s.draining
}

func (s *Server) exit(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, k)
}

// all returns the open sockets.
func (s *Server) all() []*socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*socket, 0, len(s.sockets))
	for k := range s.sockets {
		all = append(all, k)
	}
	return all
}
