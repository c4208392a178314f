package websocket

import (
	"bufio"
	"context"
	"errors"
	"io"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/fault"
)

// reader reads the messages of a socket, and has each one answered. Only the reading
// goroutine uses it. That never waits long for the others, because it notices when the
// client leaves.
type reader struct {
	socket             *socket
	in                 *bufio.Reader // from which the messages are read
	messages, controls window
	turns              turns
}

// read takes messages until the socket ends, or until another goroutine has taken over
// the reading. At the end it returns the code and reason of the close frame.
func (r *reader) read() (code websocket.StatusCode, reason string, ended bool) {
	for {
		kind, text, err := r.socket.ws.Reader(context.Background())
		if err != nil {
			return closeCode(err), "", true
		}
		m := newMessage()
		if err := m.readFrom(text); err != nil {
			return closeCode(err), "", true
		}
		if kind == websocket.MessageText && !utf8.Valid(m.body.data) {
			return websocket.StatusInvalidFramePayloadData, "a text message has to be UTF-8", true
		}
		if !r.take(m) {
			return 0, "", false
		}
	}
}

// closeCode returns the code of the close frame after an error of reading.
func closeCode(err error) websocket.StatusCode {
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		return websocket.StatusMessageTooBig
	case errors.Is(err, errFrames):
		return websocket.StatusPolicyViolation
	case errors.Is(err, io.EOF):
		return websocket.StatusGoingAway
	}
	return websocket.StatusProtocolError
}

// take answers a message in this goroutine, when it comes alone and earlier ones were
// answered quickly, or passes it to a worker. It reports whether this goroutine goes on
// reading.
func (r *reader) take(m *message) (reads bool) {
	k := r.socket
	c := k.server.options.Config
	if limit := c.MaxMessagesPerSecond; limit > 0 && !r.messages.allow(limit) {
		m.id = nil // it is dropped unread
		if r.messages.n > floodFactor*limit {
			k.sender.close(tooMany)
			m.free()
			return true
		}
		r.reject(m, &fault.Error{Type: fault.ConnectionRateLimited, Message: "WebSocket rate limit exceeded"})
		return true
	}
	if err := m.parse(); err != nil {
		r.reject(m, err)
		return true
	}
	if m.kind == kindCancel {
		if err := k.pending.cancelStream(m.id); err != nil {
			r.reject(m, err)
		} else {
			m.free()
		}
		return true
	}
	if !k.pending.add(m) {
		r.reject(m, &fault.Error{Type: fault.ServerStop, Message: "Server is shutting down"})
		return true
	}
	if m.kind != kindAction {
		r.turns.take(m)
	}
	if r.in.Buffered() == 0 && k.workers.addInPlace() {
		return k.workers.handleInPlace(m)
	}
	if err := k.workers.dispatch(m); err != nil {
		if m.kind != kindAction {
			r.turns.giveBack(m)
		}
		k.sender.post(errorReply(m, err, k.server.options.IncludeStack))
		k.answered(m)
		m.free()
	}
	return true
}

// reject replies with an error to a message that is not worked on.
func (r *reader) reject(m *message, err *fault.Error) {
	r.socket.sender.post(errorReply(m, err, r.socket.server.options.IncludeStack))
	m.free()
}

// floodFactor is how many times the limit of messages a second a client may send and be
// told so. One that sends more is closed: to answer it costs more than what it asks.
const floodFactor = 10

// maxControls is how many pings and pongs a client may send in a second.
const maxControls = 50

// control counts a ping or a pong, and reports whether to answer a ping.
func (r *reader) control() bool {
	if !r.controls.allow(maxControls) {
		r.socket.sender.close(flooding)
		return false
	}
	return true
}

// readerWait is how long the reading goroutine may wait at once for something other than
// the client.
func readerWait(pingTimeout time.Duration) time.Duration {
	return min(time.Second, pingTimeout/2)
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
