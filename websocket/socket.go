package websocket

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/overdue"
)

// socket is one connection. While it is idle, one goroutine waits for what the
// client says. Others come when there is more to do than one can: workers, who
// answer messages; somebody who writes what is queued; and a ping now and then.
type socket struct {
	server *Server
	caller *connection.Connection
	ws     *websocket.Conn
	wire   *wire
	in     *bufio.Reader // what ws reads from
	since  time.Time

	// ctx is that of everything that is done for the client. It ends when the
	// client is gone, or has to be.
	ctx    context.Context
	cancel context.CancelCauseFunc

	// What only the reading goroutine uses.
	messages, controls window
	lastTurn           chan struct{} // closed when the last change of a subscription is done
	alone              overdue.Item  // in the list while that goroutine works on a message itself

	slow   atomic.Bool   // the last message took longer than the patience
	jobs   chan *message // to workers that have nothing to do
	stalls atomic.Int64  // odd while the reading goroutine waits for something else than the client

	mu         sync.Mutex
	gone       bool
	draining   bool
	unanswered int // messages that were taken and not answered yet
	workers    int
	pinger     *time.Timer
	channels   map[string]struct{} // what the client is subscribed to

	out outbox
}

// begin starts the socket's life.
func (k *socket) begin(ws *websocket.Conn, h *handover) {
	k.ws, k.wire, k.in = ws, h.wire, h.in
	k.startPinger()
	k.log("a WebSocket is open")
	draining := k.server.enter(k)
	k.spawn(k.serve)
	if draining {
		k.drain()
	}
}

// spawn runs f in a goroutine that the server waits for when it stops.
func (k *socket) spawn(f func()) {
	k.server.live.add()
	go func() {
		defer k.server.live.done()
		f()
	}()
}

func (k *socket) log(message string, args ...any) {
	k.server.options.Logger.Debug(message, append(args, "from", k.caller.RemoteAddr, "connection", k.caller.ID())...)
}

// ID names the socket to channels.
func (k *socket) ID() string { return k.caller.ID() }

// linger is how long a client has to answer the closing of its socket.
const linger = 5 * time.Second

// serve reads until the end, and leaves everything tidy; unless another
// goroutine has come to do so, then this one works for it.
func (k *socket) serve() {
	code, reason, ended := k.read()
	if !ended {
		k.work(nil)
		return
	}
	k.end(context.Canceled)
	k.leaveChannels()
	_ = k.wire.SetReadDeadline(time.Now().Add(linger)) // the library does not bound all of its waiting
	_ = k.ws.Close(code, reason)                       // mostly it is closed already
	k.server.exit(k)
	k.log("a WebSocket is closed", "after", time.Since(k.since).Round(time.Millisecond))
}

// end stops all that is done for the client.
func (k *socket) end(cause error) {
	k.mu.Lock()
	k.gone = true
	k.pinger.Stop()
	k.mu.Unlock()
	k.out.end()
	k.cancel(cause)
}

// read takes one message after the other until the end, when it returns what
// to close the socket with, or until another goroutine reads.
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

// take sees to it that somebody answers a message: this goroutine, when the
// message comes alone and others were answered quickly, or a worker. It returns
// whether this goroutine is to read on.
func (k *socket) take(m *message) (reads bool) {
	c := k.server.options.Config
	if c.MaxMessagesPerSecond > 0 && !k.messages.allow(c.MaxMessagesPerSecond) {
		m.id = nil // it is dropped unread
		k.reject(m, &action.Error{Type: action.ConnectionRateLimited, Message: "WebSocket rate limit exceeded"})
		return true
	}
	if err := m.parse(); err != nil {
		k.reject(m, err)
		return true
	}
	k.mu.Lock()
	if k.draining {
		k.mu.Unlock()
		k.reject(m, stopping())
		return true
	}
	k.unanswered++
	k.mu.Unlock()
	if m.kind != kindAction {
		m.before, m.after = k.lastTurn, make(chan struct{})
		k.lastTurn = m.after
	}
	if k.in.Buffered() == 0 && !k.slow.Load() && k.hire() {
		return k.answer(m)
	}
	k.dispatch(m)
	return true
}

// reject answers a message that nobody works on. As long as the client does not
// take the answer, nothing more is read from it.
func (k *socket) reject(m *message, err *action.Error) {
	k.stalls.Add(1)
	k.replyError(m, err)
	k.stalls.Add(1)
	m.free()
}

// answered is called when a message has its last answer.
func (k *socket) answered() {
	k.mu.Lock()
	k.unanswered--
	last := k.draining && k.unanswered == 0
	k.mu.Unlock()
	if last {
		k.close(goingAway)
	}
}

// window counts what comes within a second of the first.
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
