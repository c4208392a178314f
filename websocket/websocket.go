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
// come in another order than their messages. Only subscribe and unsubscribe of one channel
// are done one after the other: a channel whose Authorize is slow holds up no other.
//
// # Coming back
//
// In a channel with a history, the reply to a subscribe has a position, and so has each
// message. A client that comes back names the last one it has got, in "after". It gets
// the messages that it has missed, in order, then the reply, then new messages:
//
//	> {"messageType":"subscribe","channel":"log","messageId":1}
//	< {"messageId":1,"subscribed":{"channel":"log","position":"1700000000000-5"}}
//	< {"message":{"channel":"log","message":"Hello","sender":"user:3","position":"1700000000007-2"}}
//	  (the client is away)
//	> {"messageType":"subscribe","channel":"log","after":"1700000000007-2","messageId":2}
//	< {"message":{"channel":"log","message":"Missed","sender":"user:3","position":"1700000000009-4"}}
//	< {"messageId":2,"subscribed":{"channel":"log","position":"1700000000009-4","recovered":true}}
//
// "recovered" is false, and no missed messages come, when not all of them are there any
// more, and in a channel without a history. An "after" of null is none. A socket that is
// in the channel already goes on as before: the reply has neither member. Missed messages
// wait for a slow client as replies do; new messages wait behind them, up to
// WS_SEND_BUFFER bytes.
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
// A message over WS_MAX_PAYLOAD_SIZE closes its socket with 1009, as soon as the header
// of a frame announces it; one that is not UTF-8 does with 1007, and more than 1,000
// frames a second that continue a message with 1008. Above WS_MAX_MESSAGES_PER_SECOND each message is dropped and
// answered with an error, and above ten times that the socket is closed with 1008.
//
// While more than WS_SEND_BUFFER bytes of replies wait for a socket, its further messages do.
// While more than WS_REPLY_BUDGET wait for all sockets, those are cut off that take nothing for
// half of WS_PING_TIMEOUT, and actions whose last replies were large wait.
//
// A client that does not read is cut off when WS_SEND_BUFFER bytes of messages of
// channels wait for it, with 1008 if it still takes that, or when it takes nothing of
// what is sent to it for WS_PING_TIMEOUT. A burst that comes faster than it can be
// written is no reason: the server then holds the messages of channels up, for half a
// second at most for one socket, and for two seconds and a tenth of the time for all of
// them together. A client that reads slowly, 4 KiB a second at least, is not cut off by a
// ping: the time for its answer grows with what was sent before. Binary messages are read
// as text.
//
// Messages are not compressed: permessage-deflate would cost a broadcast to 1,000
// sockets 1,000 compressions, and memory for each socket that sends. A frame that
// is compressed nevertheless is a breach of the protocol, so there is nothing that
// could inflate.
package websocket

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/overdue"
	"github.com/keryx-go/keryx/part"
)

// Server serves WebSockets.
type Server struct {
	options Options
	origins origins
	sockets sockets
	writers writers
	rights  rightsWatcher
	orders  orders
	inPlace *overdue.List // the sockets whose reading goroutine works on a message
	pace    pace
	budget  budget // of replies
	sizes   sizes

	mu sync.Mutex // held while the server starts, and while it begins to stop
}

var (
	_ http.Handler = (*Server)(nil)
	_ part.Server  = (*Server)(nil)
)

// New returns a server. It serves until [Server.Stop].
func New(o Options) *Server {
	o = o.withDefaults()
	s := &Server{options: o, origins: newOrigins(o), inPlace: overdue.NewList(inPlace)}
	s.sockets.open = map[*socket]struct{}{}
	s.writers.goroutines = &s.sockets.goroutines
	s.budget = budget{limit: o.Config.ReplyBudget, timeout: o.Config.PingTimeout, sockets: &s.sockets, log: o.Logger}
	s.rights.options, s.rights.sockets = &s.options, &s.sockets
	s.orders.options, s.orders.sockets, s.orders.predicates = &s.options, &s.sockets, map[string]Predicate{}
	if o.Auth != nil {
		o.Auth.OnSessionsEnd(s.sessionsEnded)
	}
	return s
}

// Name returns "websocket": the server is a part of its app.
func (s *Server) Name() string { return "websocket" }

// DependsOn returns the part that finds the requests for a WebSocket.
func (s *Server) DependsOn() []string { return []string{"web"} }

// Serves returns true.
func (s *Server) Serves() bool { return true }

// Start starts the server, also after Stop.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets.setDraining(false)
	s.writers.recall()
	s.rights.start()
	s.orders.start(ctx)
	s.announce()
	return nil
}

// announce logs the actions that are reached over WebSockets and have no route.
func (s *Server) announce() {
	for _, e := range s.options.Actions.All() {
		if e.Reachable(connection.WebSocket) && !e.Reachable(connection.Web) {
			s.options.Logger.Debug("no route", "action", e.Name, "only", strings.Join(e.Transports(), " "))
		}
	}
}

// Count returns how many sockets are open.
func (s *Server) Count() int { return s.sockets.count() }

// Predicate defines a predicate for [Matching], in the same way on all nodes. It panics
// when there is one of that name, and when the server has started.
func (s *Server) Predicate(name string, p Predicate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.orders.started:
		panic(fmt.Sprintf("keryx: predicate %q of WebSockets: the app has started; define it before", name))
	case s.orders.predicates[name] != nil:
		panic(fmt.Sprintf("keryx: predicate %q of WebSockets is defined twice", name))
	case name == "" || p == nil:
		panic(fmt.Sprintf("keryx: predicate %q of WebSockets needs a name and a function", name))
	}
	s.orders.predicates[name] = p
}

// Disconnect closes sockets with 1008: those of this node before it returns, and those of
// other nodes within seconds, also of one that cannot reach Redis at the moment, as soon
// as it can. The messages that a socket has sent are answered, for a second at most.
//
// A user may connect again: first end what proves who the user is, such as the sessions
// with [github.com/keryx-go/keryx/session.Store.EndAll].
func (s *Server) Disconnect(ctx context.Context, who Who) error {
	return s.order(ctx, order{do: doDisconnect, who: who})
}

// Evict takes sockets out of a channel, on the nodes and within the time of
// [Server.Disconnect]. Their clients are told that they are no longer subscribed. They may
// subscribe again if the channel's Authorize allows it.
func (s *Server) Evict(ctx context.Context, channel string, who Who) error {
	return s.order(ctx, order{do: doEvict, channel: channel, who: who})
}

// Recheck has the Authorize of their channels decide about sockets again, on the nodes and
// within the time of [Server.Disconnect]: call it when what Authorize looks at has changed,
// such as a role in the database. Those that are refused leave the channel, and their
// clients are told. A session that ends or gets another id needs no call.
func (s *Server) Recheck(ctx context.Context, who Who) error {
	return s.order(ctx, order{do: doRecheck, who: who})
}

func (s *Server) order(ctx context.Context, o order) error {
	if err := s.orders.send(ctx, o); err != nil {
		return fmt.Errorf("%s WebSockets: %w", o.do, err)
	}
	return nil
}

// sessionsEnded has the rights of sockets checked whose sessions have ended. An error is
// none for the caller: the watcher finds the sockets within [Options.RightsInterval].
func (s *Server) sessionsEnded(ctx context.Context, ids []string) {
	for _, id := range ids {
		if err := s.Recheck(ctx, Session(id)); err != nil {
			s.options.Logger.DebugContext(ctx, "the rights of the WebSockets of a session are checked later", "error", err)
			return
		}
	}
}

// ServeHTTP upgrades a request, or refuses it with an error of the wire. The
// socket lives on when it has returned.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.sockets.admit() {
		refuse(w, http.StatusServiceUnavailable, fault.ServerStop, "Server is shutting down")
		return
	}
	defer s.sockets.goroutines.done()
	allowed, credentials := s.origins.check(r)
	switch {
	case !allowed:
		s.options.Logger.Warn("a WebSocket was refused for its origin; to allow it, set WS_ALLOWED_ORIGINS",
			"origin", r.Header["Origin"], "from", r.RemoteAddr)
		refuse(w, http.StatusForbidden, fault.ConnectionChannelAuthorization,
			"WebSocket origin not allowed; WS_ALLOWED_ORIGINS lists the origins that are")
		return
	case r.ContentLength != 0: // its bytes would be read as messages
		refuse(w, http.StatusBadRequest, fault.ConnectionActionRun, "A request for a WebSocket has no body")
		return
	}
	k := newSocket(s, r, credentials)
	if s.options.Auth != nil {
		if err := s.options.Auth.Check(s.options.Attach(k.ctx)); err != nil {
			k.cancel(err)
			k.caller.WriteReply(w.Header())
			refuseWith(w, fault.From(err, true))
			return
		}
	}
	h := &hijacker{ResponseWriter: w, timeout: s.options.Config.PingTimeout}
	ws, err := websocket.Accept(h, r, acceptOptions(k))
	if err != nil {
		if h.wire == nil {
			refuse(w, h.status, fault.ConnectionActionRun, reason(err))
		}
		return
	}
	ws.SetReadLimit(s.options.Config.MaxPayloadSize)
	k.begin(ws, h)
}

// cancelTimeout is how long cancelled work has to send its error to the client.
const cancelTimeout = time.Second

// Stop drains the server: it answers upgrades with 503, and closes each socket with
// 1001 when its messages are answered. After WS_DRAIN_TIMEOUT it cancels work that is
// still running, streams included; clients get an error before their sockets are
// closed. Stop returns when all sockets are closed, or when ctx ends, with an error;
// then it cuts off the others.
func (s *Server) Stop(ctx context.Context) error {
	s.options.Web.Drain()
	s.mu.Lock()
	s.sockets.setDraining(true)
	s.rights.stop()
	s.orders.stop()
	s.mu.Unlock()
	s.rights.wait()
	s.orders.wait()
	s.writers.dismiss()
	for _, k := range s.sockets.all() {
		k.drain(goingAway)
	}
	if s.sockets.ended(ctx, s.options.Config.DrainTimeout) {
		return nil
	}
	for _, k := range s.sockets.all() {
		k.cancel(action.ErrStopping)
	}
	if s.sockets.ended(ctx, cancelTimeout) {
		return nil
	}
	for _, k := range s.sockets.all() {
		k.sender.close(goingAway)
	}
	// Most of them wait for their clients' close frame only.
	if s.sockets.ended(ctx, closeTimeout+time.Second) {
		return nil
	}
	left := s.sockets.all()
	for _, k := range left {
		_ = k.wire.Close()
	}
	if err := s.sockets.goroutines.wait(ctx); err != nil {
		return fmt.Errorf("%d WebSockets were still open: %w", len(left), err)
	}
	return nil
}
