package websocket

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/channel"
)

// outbox is what a client is to be sent. Whoever adds to it while nobody writes
// sees to it that it is written.
type outbox struct {
	mu      sync.Mutex
	queue   []outgoing
	spare   []outgoing // the memory of the queue that was written last
	pending int        // messages that are queued or being written
	bytes   int        // of those that are a buffer's
	writing bool
	closed  bool          // nothing more is taken
	closing *closeReason  // to close with when the queue is empty; nil: not yet
	ended   bool          // the socket is gone
	room    chan struct{} // closed when there is room; nil: nobody waits
}

// outgoing is one message: one of our own, or one that many sockets share.
type outgoing struct {
	data []byte
	own  *buffer
}

type closeReason struct {
	code   websocket.StatusCode
	reason string
}

var (
	goingAway = closeReason{websocket.StatusGoingAway, "Server shutting down"}
	tooSlow   = closeReason{websocket.StatusPolicyViolation, "the connection is too slow to keep up with its messages"}
	flooding  = closeReason{websocket.StatusPolicyViolation, "too many control frames"}
)

// maxBytes bounds the replies that wait for a client, in bytes: when there are
// more, the next one waits outside the queue, together with its worker.
const maxBytes = 1 << 20

var errClosed = errors.New("the WebSocket is closed")

// send sends a reply, and frees it. While there is no room it waits; a client
// that makes none within the patience is cut off.
func (k *socket) send(b *buffer) error {
	o := &k.out
	o.mu.Lock()
	for !o.closed && (o.pending >= k.server.options.Config.SendBuffer || o.bytes >= maxBytes) {
		k.waitForRoom()
	}
	if o.closed {
		o.mu.Unlock()
		b.free()
		return errClosed
	}
	o.add(outgoing{b.data, b})
	first := !o.writing
	o.writing = true
	o.mu.Unlock()
	if first && k.writeQueue() { // more has come in the meantime, not for this goroutine to write
		k.startWriting()
	}
	return nil
}

// waitForRoom is called, and returns, with the outbox locked.
func (k *socket) waitForRoom() {
	o := &k.out
	if o.room == nil {
		o.room = make(chan struct{})
	}
	room := o.room
	o.mu.Unlock()
	defer o.mu.Lock()
	timer := time.NewTimer(k.server.options.Config.PingTimeout)
	defer timer.Stop()
	select {
	case <-room:
	case <-timer.C:
		k.cutOff()
	}
}

// Deliver queues a message of a channel. It never waits: a client that has let
// too many pile up is cut off.
func (k *socket) Deliver(m *channel.Message) {
	o := &k.out
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return
	}
	if o.pending >= k.server.options.Config.SendBuffer {
		o.mu.Unlock()
		k.cutOff()
		return
	}
	o.add(outgoing{data: m.Frame()})
	first := !o.writing
	o.writing = true
	o.mu.Unlock()
	if first {
		k.startWriting()
	}
}

// cutOff closes the socket of a client that reads too slowly. What was queued
// is lost to it. When it does not even take what is being written, that fails
// within the patience, and with it the connection.
func (k *socket) cutOff() {
	if k.out.clear(tooSlow) {
		k.server.options.Logger.Warn("a WebSocket was cut off: it does not read fast enough",
			"from", k.caller.RemoteAddr, "connection", k.caller.ID())
		k.finish()
	}
}

// close closes the socket when what is queued has been written.
func (k *socket) close(why closeReason) {
	if k.out.close(why) {
		k.finish()
	}
}

// finish wakes somebody who writes what is left, and closes.
func (k *socket) finish() {
	k.out.mu.Lock()
	first := !k.out.writing
	k.out.writing = true
	k.out.mu.Unlock()
	if first {
		k.startWriting()
	}
}

// writeAll writes until nothing is left. It is called by whoever has set
// writing.
func (k *socket) writeAll() {
	for k.writeQueue() {
		if why := k.out.last(); why != nil {
			_ = k.wire.SetReadDeadline(time.Now().Add(linger)) // the library does not bound all of its waiting
			_ = k.ws.Close(why.code, why.reason)               // an error means that the client is gone
			return
		}
	}
}

// writeQueue writes what is queued now, and returns whether there is more to
// do. If not, writing is over.
func (k *socket) writeQueue() bool {
	o := &k.out
	o.mu.Lock()
	batch := o.queue
	o.queue, o.spare = o.spare, nil
	o.mu.Unlock()
	err := k.write(batch)
	if err != nil {
		_ = k.wire.Close() // which ends the reading, too
	}
	return o.written(batch, err)
}

// write sends messages with as few writes to the network as possible.
func (k *socket) write(batch []outgoing) error {
	if len(batch) == 0 {
		return nil
	}
	k.wire.hold()
	var err error
	for i := range batch {
		if err == nil {
			err = k.ws.Write(context.Background(), websocket.MessageText, batch[i].data)
		}
	}
	if failed := k.wire.release(); err == nil {
		err = failed
	}
	return err
}

func (o *outbox) add(m outgoing) {
	o.queue = append(o.queue, m)
	o.pending++
	if m.own != nil {
		o.bytes += len(m.data)
	}
}

// written counts a batch off, and returns whether there is more to do.
func (o *outbox) written(batch []outgoing, err error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.remove(batch)
	if cap(batch) <= 8 { // an idle socket keeps next to nothing
		o.spare = batch[:0]
	}
	if err != nil {
		o.stop()
	}
	more := len(o.queue) > 0 || o.closing != nil && !o.ended
	o.writing = more
	return more
}

// remove counts messages off and frees them.
func (o *outbox) remove(batch []outgoing) {
	for i, m := range batch {
		if o.pending--; m.own != nil {
			o.bytes -= len(m.data)
			m.own.free()
		}
		batch[i] = outgoing{}
	}
	o.wake()
}

func (o *outbox) wake() {
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}

// last returns what to close with when the queue is empty, or nil.
func (o *outbox) last() *closeReason {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) > 0 || o.ended {
		return nil
	}
	return o.closing
}

// close lets nothing more in. It returns false when that has been done before.
func (o *outbox) close(why closeReason) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	o.closed, o.closing = true, &why
	o.wake()
	return true
}

// clear is close without the queue.
func (o *outbox) clear(why closeReason) bool {
	if !o.close(why) {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drop()
	return true
}

// end is called when the socket is gone.
func (o *outbox) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stop()
}

func (o *outbox) stop() {
	o.closed, o.ended = true, true
	o.drop()
}

func (o *outbox) drop() {
	o.remove(o.queue)
	o.queue = nil
}
