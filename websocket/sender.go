package websocket

import (
	"context"
	"errors"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/connection"
)

// sender sends replies and messages of channels to the client of a socket. One
// goroutine at a time writes what is in the outbox: that of a reply, or one of the
// server's writers.
type sender struct {
	server *Server
	caller *connection.Connection
	ws     *websocket.Conn
	wire   *wire
	outbox outbox
	pinged func(position int64) // called when a ping is written
}

// send sends a reply, and frees it. While there is no room it waits until the client
// reads, or is cut off because it reads nothing (wire).
func (s *sender) send(b *buffer) error {
	first, err := s.outbox.addReply(b, nil)
	if first && s.writeQueue() { // more has come in the meantime, not for this goroutine to write
		s.server.writers.start(s)
	}
	return err
}

// post sends a reply from the reading goroutine, which must not wait long for the
// client: it cuts off a client that makes no room in time.
func (s *sender) post(b *buffer) {
	timer := time.NewTimer(readerWait(s.server.options.Config.PingTimeout))
	defer timer.Stop()
	first, err := s.outbox.addReply(b, timer.C)
	if errors.Is(err, errNoRoom) {
		s.cutOff()
	}
	if first {
		s.server.writers.start(s)
	}
}

// The first bytes of control frames that are whole.
const (
	opPing = 0x89
	opPong = 0x8a
)

// control queues a control frame with a payload of at most 125 bytes, behind what is
// queued: a frame that the library sends by itself closes the connection when it waits for
// a slow client for five seconds.
func (s *sender) control(op byte, payload []byte) {
	b := newBuffer()
	b.data = append(append(b.data, op, byte(len(payload))), payload...)
	if s.outbox.addControl(b) {
		s.server.writers.start(s)
	}
}

// deliver queues a message of a channel. It cuts off a client whose queue is full. When
// a burst comes faster than it can be written, deliver first waits for room, as long as
// the server's pace allows.
func (s *sender) deliver(m *channel.Message) {
	first, err := s.outbox.addMessage(m, &s.server.pace)
	if err != nil {
		s.cutOff()
	}
	if first {
		s.server.writers.start(s)
	}
}

// cutOff closes the socket of a client that reads too slowly. The client does not get
// the queued messages. If it does not take the close frame either, the write times out
// and the connection is closed.
func (s *sender) cutOff() {
	if s.outbox.clear(tooSlow) {
		s.server.options.Logger.Warn("a WebSocket was cut off: it does not read fast enough",
			"from", s.caller.RemoteAddr, "connection", s.caller.ID())
		s.finish()
	}
}

// close closes the socket after the queued messages have been written.
func (s *sender) close(why closeReason) {
	if s.outbox.close(why) {
		s.finish()
	}
}

// finish starts the writing of the queue, and of the close frame.
func (s *sender) finish() {
	if s.outbox.begin() {
		s.server.writers.start(s)
	}
}

// closeTimeout is how long a client has to answer a close frame.
const closeTimeout = 5 * time.Second

// closeConn sends a close frame, unless one was sent, and waits for the client's. Its
// error would mean that the client is gone, or that the connection is closed already.
func (s *sender) closeConn(code websocket.StatusCode, reason string) {
	_ = s.wire.SetReadDeadline(time.Now().Add(closeTimeout)) // the library does not bound all of its waiting
	_ = s.ws.Close(code, reason)
}

// writeAll writes until the queue is empty. Only the goroutine that writes calls it.
func (s *sender) writeAll() {
	for s.writeQueue() {
		if why := s.outbox.last(); why != nil {
			s.closeConn(why.code, why.reason)
			return
		}
	}
}

// writeQueue writes the queued messages, and reports whether more have come. If not,
// the writing has ended.
func (s *sender) writeQueue() bool {
	batch := s.outbox.take()
	last, err := s.write(batch)
	if err != nil {
		_ = s.wire.Close() // which ends the reading, too
	}
	return s.outbox.written(batch, last, err)
}

// accountEvery is the number of written bytes after which they are subtracted from what
// waits in the outbox.
const accountEvery = 16 << 10

// write sends messages with as few writes to the network as possible. It returns the
// weight that has not been subtracted from what waits in the outbox.
func (s *sender) write(batch []outgoing) (done weight, err error) {
	if len(batch) == 0 {
		return done, nil
	}
	s.wire.hold()
	for i, m := range batch {
		if err == nil {
			err = s.writeFrame(m)
		}
		done.add(m)
		m.own.free()
		batch[i] = outgoing{}
		if done.replies+done.messages >= accountEvery {
			s.outbox.progress(done)
			done = weight{}
		}
	}
	if failed := s.wire.release(); err == nil {
		err = failed
	}
	return done, err
}

// writeFrame writes one message or control frame. No other goroutine writes a message, so
// a frame of its own is between two of the library's.
func (s *sender) writeFrame(m outgoing) error {
	if !m.control {
		return s.ws.Write(context.Background(), websocket.MessageText, m.data)
	}
	if m.data[0] == opPing {
		s.pinged(s.wire.position())
	}
	_, err := s.wire.Write(m.data)
	return err
}
