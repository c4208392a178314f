package websocket

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// socket is one WebSocket. An idle socket has one goroutine, which reads. Others start
// when they are needed: workers answer messages, each stream has a goroutine of its
// own, one writes the queue, and one sends a ping at intervals.
type socket struct {
	server *Server
	caller *connection.Connection
	ws     *websocket.Conn
	wire   *wire
	since  time.Time

	// ctx is the context of all work for the client. It ends when the client has
	// left, or is cut off.
	ctx    context.Context
	cancel context.CancelCauseFunc

	reader        reader
	workers       workers
	pending       pending
	subscriptions subscriptions
	sender        sender
	pinger        pinger
}

var _ channel.Subscriber = (*socket)(nil)

// newSocket returns a socket that is not open yet. Without credentials, the headers
// Cookie and Authorization do not reach actions.
func newSocket(s *Server, r *http.Request, credentials bool) *socket {
	c := s.options.Web.Connection(r)
	c.Transport = connection.WebSocket
	if !credentials && (c.Header.Get("Cookie") != "" || c.Header.Get("Authorization") != "") {
		c.Header = c.Header.Clone()
		c.Header.Del("Cookie")
		c.Header.Del("Authorization")
		s.options.Logger.Info("a WebSocket of another origin got no credentials; to trust it, name it in WS_ALLOWED_ORIGINS in place of *",
			"origin", r.Header.Get("Origin"), "from", c.RemoteAddr)
	}
	k := &socket{server: s, caller: c, since: time.Now()}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	k.ctx, k.cancel = connection.With(ctx, c), cancel
	k.reader.socket, k.workers.socket, k.subscriptions.socket, k.pinger.socket = k, k, k, k
	k.workers.jobs = make(chan *message)
	k.sender.server, k.sender.caller, k.sender.pinged = s, c, k.pinger.written
	k.sender.outbox.limit, k.sender.outbox.budget = s.options.Config.SendBuffer, &s.budget
	return k
}

// begin registers the socket and starts its goroutines.
func (k *socket) begin(ws *websocket.Conn, h *hijacker) {
	k.ws, k.wire = ws, h.wire
	k.sender.ws, k.sender.wire = ws, h.wire
	h.wire.frames.limit = k.server.options.Config.MaxPayloadSize
	k.reader.in = h.in
	k.pinger.start()
	k.log("a WebSocket is open")
	draining := k.server.sockets.add(k)
	k.spawn(k.serve)
	if draining {
		k.drain(goingAway)
	}
}

// spawn runs f in a goroutine that the server waits for when it stops.
func (k *socket) spawn(f func()) { k.server.sockets.goroutines.spawn(f) }

func (k *socket) log(message string, args ...any) {
	k.server.options.Logger.Debug(message, append(args, "from", k.caller.RemoteAddr, "connection", k.caller.ID())...)
}

// ID returns the id by which channels know the socket.
func (k *socket) ID() string { return k.caller.ID() }

// Deliver queues a message of a channel for the client.
func (k *socket) Deliver(m *channel.Message) { k.sender.deliver(m) }

// serve reads until the socket ends, and then cleans up. When another goroutine has
// taken over the reading, serve works on messages instead.
func (k *socket) serve() {
	code, reason, ended := k.reader.read()
	if !ended {
		k.workers.run(nil)
		return
	}
	k.end(context.Canceled)
	k.subscriptions.leaveAll()
	k.sender.closeConn(code, reason) // mostly it is closed already
	k.server.sockets.remove(k)
	k.log("a WebSocket is closed", "after", time.Since(k.since).Round(time.Millisecond))
}

// end stops all work for the client.
func (k *socket) end(cause error) {
	k.subscriptions.close()
	k.pinger.stop()
	waiting := k.workers.takeQueue()
	k.sender.outbox.end()
	k.cancel(cause)
	for _, m := range waiting {
		k.abandon(m)
	}
}

// drain closes the socket as soon as its messages are answered.
func (k *socket) drain(why closeReason) {
	if k.pending.drain(why) {
		k.sender.close(why)
	}
}

// errDisconnected is the cause of the end of work whose caller is disconnected.
var errDisconnected = errors.New("the WebSocket was disconnected")

// disconnectTimeout is how long a socket that is disconnected has to answer its messages,
// one of which may be the cause.
const disconnectTimeout = time.Second

// disconnect closes the socket of a user, by drain if that does not take long.
func (k *socket) disconnect() {
	k.log("a WebSocket is disconnected")
	k.drain(disconnected)
	k.spawn(func() {
		select {
		case <-k.ctx.Done():
		case <-time.After(disconnectTimeout):
			k.cancel(errDisconnected)
			k.sender.close(disconnected)
		}
	})
}

// handle answers a message and frees it, unless a stream goes on with it.
func (k *socket) handle(m *message) {
	switch m.kind {
	case kindAction:
		if k.act(m) {
			return
		}
	case kindSubscribe:
		k.subscriptions.subscribe(m)
	case kindUnsubscribe:
		k.subscriptions.unsubscribe(m)
	}
	m.free()
}

// act runs an action and replies with its outcome. It reports whether that is a stream,
// which then runs in a goroutine of its own and owns the message. An action that
// sockets do not reach gets the reply of one that does not exist, so that clients
// cannot find out its name.
func (k *socket) act(m *message) (streams bool) {
	defer func() {
		if !streams {
			k.release(m)
			k.answered(m)
		}
	}()
	entry := k.server.options.Actions.Find(m.name)
	if entry == nil || !entry.Reachable(connection.WebSocket) {
		k.replyError(m, action.NotFound(m.name))
		return false
	}
	params, err := m.decodeParams()
	if err != nil {
		k.replyError(m, err)
		return false
	}
	open := false
	m.reserved, open = k.sender.outbox.admit(k.server.budget.share(k.server.sizes.expect(entry, k.ctx.Done())), k.ctx.Done())
	if !open {
		k.server.sizes.answer(entry)
		return false // the client is gone, or cut off
	}
	ctx := k.server.options.Attach(k.ctx)
	entry.ServeTo(ctx, params, func(o action.Outcome) {
		switch {
		case o.Err != nil:
			k.server.sizes.answer(entry)
			k.replyError(m, o.Err)
		case o.Response.Stream != nil:
			k.server.sizes.answer(entry)
			streams = true
			k.release(m)
			k.spawn(func() { k.stream(ctx, m, o.Response.Stream) })
		default:
			k.server.sizes.learn(entry, len(o.Response.JSON))
			k.makeRoom(len(o.Response.JSON))
			k.release(m)
			_ = k.sender.send(valueReply(m, "response", o.Response.JSON)) // an error means that the client is gone
		}
	})
	return streams
}

// release gives back what was reserved for the reply to m.
func (k *socket) release(m *message) {
	k.sender.outbox.release(m.reserved)
	m.reserved = 0
}

// makeRoom waits until there is room for a reply, if it is large: before it is copied.
func (k *socket) makeRoom(size int) {
	if size >= largeReply {
		k.sender.outbox.admit(0, k.ctx.Done())
	}
}

// stream sends the pieces of a result as they are made.
func (k *socket) stream(ctx context.Context, m *message, run *action.StreamRun) {
	defer m.free()
	defer k.answered(m)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cancelled, refused := k.pending.beginStream(m, stop, k.server.options.Config.MaxStreams)
	switch {
	case refused != nil:
		stop(refused)
	case cancelled:
		stop(errCancelled)
	}
	run.IncludeStack = k.server.options.IncludeStack
	err := run.Produce(ctx, func(piece []byte) error {
		if len(piece) == 0 {
			return nil
		}
		if !utf8.Valid(piece) {
			piece = base64.StdEncoding.AppendEncode(nil, piece)
		}
		k.makeRoom(len(piece))
		b, err := chunkReply(m, piece)
		if err != nil {
			return err
		}
		return k.sender.send(b)
	})
	if refused == nil {
		cancelled = k.pending.endStream(m)
	}
	if err != nil && !cancelled {
		k.replyError(m, err)
	}
	_ = k.sender.send(valueReply(m, "streaming", []byte("false")))
}

// replyError sends the reply to a message that has failed.
func (k *socket) replyError(m *message, err *fault.Error) {
	_ = k.sender.send(errorReply(m, err, k.server.options.IncludeStack)) // an error means that the client is gone
}

// answered unregisters a message that has got its last reply.
func (k *socket) answered(m *message) {
	if why := k.pending.remove(m); why != nil {
		k.sender.close(*why)
	}
}

// abandon ends a message without an answer: the client is gone.
func (k *socket) abandon(m *message) {
	m.endTurn()
	k.answered(m)
	m.free()
}
