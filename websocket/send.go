package websocket

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
)

var errClosed = errors.New("the WebSocket is closed")

// send sends a reply, and frees it. While there is no room it waits until the client
// reads, or is cut off because it reads nothing (wire).
func (k *socket) send(b *buffer) error {
	first, err := k.enqueue(b, nil)
	if first && k.writeQueue() { // more has come in the meantime, not for this goroutine to write
		k.startWriting()
	}
	return err
}

// post sends a reply from the reading goroutine, which must not wait long for the
// client: it cuts off a client that makes no room in time.
func (k *socket) post(b *buffer) {
	timer := time.NewTimer(k.readerWait())
	defer timer.Stop()
	first, err := k.enqueue(b, timer.C)
	if errors.Is(err, errNoRoom) {
		k.cutOff()
	}
	if first {
		k.startWriting()
	}
}

var errNoRoom = errors.New("the client does not read its replies")

// enqueue queues a reply when there is room, or frees it when giveUp comes first.
// It reports whether the caller must start the writing.
func (k *socket) enqueue(b *buffer, giveUp <-chan time.Time) (first bool, err error) {
	o := &k.out
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.closed && err == nil && o.waiting.replies >= k.server.options.Config.SendBuffer {
		room := o.whenRoom()
		o.mu.Unlock()
		select {
		case <-room:
		case <-giveUp:
			err = errNoRoom
		}
		o.mu.Lock()
	}
	if o.closed {
		err = errClosed
	}
	if err != nil {
		b.free()
		return false, err
	}
	return o.add(outgoing{b.data, b}), nil
}

// Deliver queues a message of a channel. It cuts off a client whose queue is full. When
// a burst comes faster than it can be written, Deliver first waits for room, as long as
// the server's pace allows.
func (k *socket) Deliver(m *channel.Message) {
	o := &k.out
	o.mu.Lock()
	for !o.closed && o.waiting.messages >= k.server.options.Config.SendBuffer {
		room := o.whenRoom()
		o.mu.Unlock()
		if !k.server.pace.wait(room) {
			k.cutOff()
			return
		}
		o.mu.Lock()
	}
	first := !o.closed && o.add(outgoing{data: m.Frame()})
	o.mu.Unlock()
	if first {
		k.startWriting()
	}
}

// cutOff closes the socket of a client that reads too slowly. The client does not get
// the queued messages. If it does not take the close frame either, the write times out
// and the connection is closed.
func (k *socket) cutOff() {
	if k.out.clear(tooSlow) {
		k.server.options.Logger.Warn("a WebSocket was cut off: it does not read fast enough",
			"from", k.caller.RemoteAddr, "connection", k.caller.ID())
		k.finish()
	}
}

// close closes the socket after the queued messages have been written.
func (k *socket) close(why closeReason) {
	if k.out.close(why) {
		k.finish()
	}
}

// finish starts the writing of the queue, and of the close frame.
func (k *socket) finish() {
	if k.out.begin() {
		k.startWriting()
	}
}

// writeAll writes until the queue is empty. Only the goroutine that writes calls it.
func (k *socket) writeAll() {
	for k.writeQueue() {
		if why := k.out.last(); why != nil {
			_ = k.wire.SetReadDeadline(time.Now().Add(closeTimeout)) // the library does not bound all of its waiting
			_ = k.ws.Close(why.code, why.reason)                     // an error means that the client is gone
			return
		}
	}
}

// writeQueue writes the queued messages, and reports whether more have come. If not,
// the writing has ended.
func (k *socket) writeQueue() bool {
	batch := k.out.take()
	last, err := k.write(batch)
	if err != nil {
		_ = k.wire.Close() // which ends the reading, too
	}
	return k.out.written(batch, last, err)
}

// accountEvery is the number of written bytes after which the outbox is told.
const accountEvery = 16 << 10

// write sends messages with as few writes to the network as possible. It returns the
// weight that the outbox has not been told.
func (k *socket) write(batch []outgoing) (done weight, err error) {
	if len(batch) == 0 {
		return done, nil
	}
	k.wire.hold()
	for i, m := range batch {
		if err == nil {
			err = k.ws.Write(context.Background(), websocket.MessageText, m.data)
		}
		done.add(m)
		m.own.free()
		batch[i] = outgoing{}
		if done.replies+done.messages >= accountEvery {
			k.out.progress(done)
			done = weight{}
		}
	}
	if failed := k.wire.release(); err == nil {
		err = failed
	}
	return done, err
}

// replyJSON replies to m with a value that is JSON.
func (k *socket) replyJSON(m *message, key string, value []byte) error {
	return k.send(m.replyWith(key, value))
}

func (k *socket) replyError(m *message, err *fault.Error) {
	_ = k.send(k.encodeError(m, err)) // an error means that the client is gone
}

func (k *socket) encodeError(m *message, err *fault.Error) *buffer {
	b := m.reply("error")
	b.data = append(err.AppendJSON(b.data, k.server.options.IncludeStack), '}')
	return b
}

// replyChannel replies to a change of a subscription.
func (k *socket) replyChannel(m *message, key string) {
	value := append([]byte(`{"channel":`), strconv.Quote(m.name)...) // a name that was accepted needs no other escapes
	_ = k.replyJSON(m, key, append(value, '}'))
}

// replyChunk sends a piece of a stream.
func (k *socket) replyChunk(m *message, piece []byte) error {
	chunk, err := json.Marshal(string(piece))
	if err != nil {
		return err
	}
	b := m.reply("streaming")
	b.data = append(append(append(b.data, `true,"chunk":`...), chunk...), '}')
	return k.send(b)
}

// startWriting has another goroutine write what k has queued.
func (k *socket) startWriting() { k.server.writers.start(k) }
