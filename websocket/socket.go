package websocket

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/overdue"
)

// socket is one WebSocket. An idle socket has one goroutine, which reads. Others start
// when they are needed: workers answer messages, each stream has a goroutine of its
// own, one writes the queue, and one sends a ping at intervals. The reading goroutine
// never waits long for the others, because it notices when the client leaves.
type socket struct {
	server *Server
	caller *connection.Connection
	ws     *websocket.Conn
	wire   *wire
	in     *bufio.Reader // what ws reads from
	since  time.Time

	// ctx is the context of all work for the client. It ends when the client has
	// left, or is cut off.
	ctx    context.Context
	cancel context.CancelCauseFunc

	// Used by the reading goroutine only.
	messages, controls window
	lastTurn           chan struct{} // closed when the last change of a subscription is done
	inPlaceItem        overdue.Item  // in the list while that goroutine works on a message itself

	slow atomic.Bool   // the last message took too long to be worked on in place
	jobs chan *message // to workers that have nothing to do

	mu       sync.Mutex
	gone     bool
	draining bool
	calls    calls // messages that were taken and not answered yet
	queue    queue // those of them that wait for a worker
	workers  int   // goroutines that work on messages or wait for one
	idle     int   // those of them that wait
	streams  int
	pinger   *time.Timer
	channels map[string]*grant // the client's subscriptions, and what allowed each

	changing sync.Mutex // held while a subscription changes; taken before mu

	out outbox
}

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
	k := &socket{server: s, caller: c, since: time.Now(), jobs: make(chan *message)}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	k.ctx, k.cancel = connection.With(ctx, c), cancel
	return k
}

// begin starts the socket's life.
func (k *socket) begin(ws *websocket.Conn, h *hijacker) {
	k.ws, k.wire, k.in = ws, h.wire, h.in
	k.startPinger()
	k.log("a WebSocket is open")
	draining := k.server.sockets.add(k)
	k.spawn(k.serve)
	if draining {
		k.drain()
	}
}

// spawn runs f in a goroutine that the server waits for when it stops.
func (k *socket) spawn(f func()) {
	k.server.sockets.goroutines.spawn(f)
}

func (k *socket) log(message string, args ...any) {
	k.server.options.Logger.Debug(message, append(args, "from", k.caller.RemoteAddr, "connection", k.caller.ID())...)
}

// ID returns the id by which channels know the socket.
func (k *socket) ID() string { return k.caller.ID() }

// closeTimeout is how long a client has to answer a close frame.
const closeTimeout = 5 * time.Second

// serve reads until the socket ends, and then cleans up. When another goroutine has
// taken over the reading, serve works on messages instead.
func (k *socket) serve() {
	code, reason, ended := k.read()
	if !ended {
		k.work(nil)
		return
	}
	k.end(context.Canceled)
	k.leaveChannels()
	_ = k.wire.SetReadDeadline(time.Now().Add(closeTimeout)) // the library does not bound all of its waiting
	_ = k.ws.Close(code, reason)                             // mostly it is closed already
	k.server.sockets.remove(k)
	k.log("a WebSocket is closed", "after", time.Since(k.since).Round(time.Millisecond))
}

// end stops all work for the client.
func (k *socket) end(cause error) {
	k.mu.Lock()
	k.gone = true
	k.pinger.Stop()
	var waiting []*message
	for m := k.queue.pop(); m != nil; m = k.queue.pop() {
		waiting = append(waiting, m)
	}
	k.mu.Unlock()
	k.out.end()
	k.cancel(cause)
	for _, m := range waiting {
		k.abandon(m)
	}
}

// read takes messages until the socket ends, or until another goroutine has taken over
// the reading. At the end it returns the code and reason of the close frame.
func (k *socket) read() (code websocket.StatusCode, reason string, ended bool) {
	for {
		kind, r, err := k.ws.Reader(context.Background())
		if err != nil {
			return closing(err), "", true
		}
		m := newMessage()
		if err := m.readFrom(r); err != nil {
			return closing(err), "", true
		}
		if kind == websocket.MessageText && !utf8.Valid(m.body.data) {
			return websocket.StatusInvalidFramePayloadData, "a text message has to be UTF-8", true
		}
		if !k.take(m) {
			return 0, "", false
		}
	}
}

func closing(err error) websocket.StatusCode {
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		return websocket.StatusMessageTooBig
	case errors.Is(err, io.EOF):
		return websocket.StatusGoingAway
	}
	return websocket.StatusProtocolError
}

// take answers a message in this goroutine, when it comes alone and earlier ones were
// answered quickly, or passes it to a worker. It reports whether this goroutine goes on
// reading.
func (k *socket) take(m *message) (reads bool) {
	c := k.server.options.Config
	if c.MaxMessagesPerSecond > 0 && !k.messages.allow(c.MaxMessagesPerSecond) {
		m.id = nil // it is dropped unread
		k.reject(m, &fault.Error{Type: fault.ConnectionRateLimited, Message: "WebSocket rate limit exceeded"})
		return true
	}
	if err := m.parse(); err != nil {
		k.reject(m, err)
		return true
	}
	if m.kind == kindCancel {
		if err := k.cancelStream(m); err != nil {
			k.reject(m, err)
		} else {
			m.free()
		}
		return true
	}
	if !k.admit(m) {
		k.reject(m, stopping())
		return true
	}
	if m.kind != kindAction {
		m.before, m.after = k.lastTurn, make(chan struct{})
		k.lastTurn = m.after
	}
	if k.in.Buffered() == 0 && !k.slow.Load() && k.addWorker() {
		return k.answer(m)
	}
	if err := k.dispatch(m); err != nil {
		if m.kind != kindAction {
			k.lastTurn = m.before // there is no change to wait for
		}
		k.post(k.encodeError(m, err))
		k.answered(m)
		m.free()
	}
	return true
}

// reject replies with an error to a message that is not worked on.
func (k *socket) reject(m *message, err *fault.Error) {
	k.post(k.encodeError(m, err))
	m.free()
}

// admit registers a message, unless the server drains.
func (k *socket) admit(m *message) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.draining {
		k.calls.add(m)
	}
	return !k.draining
}

// answered unregisters a message that has got its last reply.
func (k *socket) answered(m *message) {
	k.mu.Lock()
	k.calls.remove(m)
	last := k.draining && k.calls.n == 0
	k.mu.Unlock()
	if last {
		k.close(goingAway)
	}
}

// window counts events within a second of the first.
type window struct {
	since time.Time
	n     int
}

func (w *window) allow(limit int) bool {
	now := time.Now()
	if now.Sub(w.since) >= time.Second {
		w.since, w.n = now, 0
	}
	w.n++
	return w.n <= limit
}

// startPinger sends the client a ping at intervals. An idle socket needs a timer for
// it, and a goroutine only while it waits for an answer.
func (k *socket) startPinger() {
	interval := k.server.options.Config.PingInterval
	k.mu.Lock()
	defer k.mu.Unlock()
	if interval <= 0 {
		interval = forever
	}
	k.pinger = time.AfterFunc(interval, func() { k.spawn(k.ping) })
}

// forever is longer than any socket lives.
const forever = 100 * 365 * 24 * time.Hour

// ping closes the connection of a client that shows no sign of life in time.
func (k *socket) ping() {
	k.endIdleWorkers()
	before := k.wire.signs.Load()
	ctx, cancel := withTimeout(k.ctx, k.server.options.Config.PingTimeout)
	defer cancel()
	if err := k.ws.Ping(ctx); err != nil && k.wire.signs.Load() == before {
		k.log("a WebSocket does not answer", "error", err)
		_ = k.wire.Close() // which ends the reading
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.gone {
		k.pinger.Reset(k.server.options.Config.PingInterval)
	}
}

// withTimeout is context.WithTimeout, except that a time for which the process was
// stopped counts as no more than a slice of the timeout.
func withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	slice := timeout / timeoutSlices
	left := timeoutSlices
	ctx, cancel := context.WithCancel(ctx)
	var timer *time.Timer
	started := make(chan struct{})
	timer = time.AfterFunc(slice, func() {
		<-started
		if left--; left == 0 {
			cancel()
		} else if ctx.Err() == nil {
			timer.Reset(slice)
		}
	})
	close(started)
	return ctx, func() {
		timer.Stop()
		cancel()
	}
}

// maxControls is how many pings and pongs a client may send in a second.
const maxControls = 50

// control counts a ping or a pong, and reports whether to answer a ping.
func (k *socket) control() bool {
	if !k.controls.allow(maxControls) {
		k.close(flooding)
		return false
	}
	return true
}

// drain closes the socket as soon as its messages are answered.
func (k *socket) drain() {
	k.mu.Lock()
	k.draining = true
	idle := k.calls.n == 0
	k.mu.Unlock()
	if idle {
		k.close(goingAway)
	}
}

func stopping() *fault.Error {
	return &fault.Error{Type: fault.ServerStop, Message: "Server is shutting down"}
}
