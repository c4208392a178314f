package websocket

import (
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/keryx-go/keryx/channel"
)

// outbox is the queue of replies and messages of channels to a client. It also knows
// whether a goroutine writes them: the caller that adds to it while none does starts
// one.
type outbox struct {
	limit int // from which there is no room for replies, and for messages, in bytes

	mu      sync.Mutex
	queue   []outgoing
	spare   []outgoing // the memory of the queue that was written last
	waiting weight     // what is queued or being written
	writing bool
	closed  bool          // nothing more is added
	closing *closeReason  // to close with when the queue is empty; nil: not yet
	ended   bool          // the socket is gone
	room    chan struct{} // closed when there is more room; nil: nothing waits for that
}

// outgoing is a reply, a message of a channel, which many sockets share, or a control
// frame.
type outgoing struct {
	data    []byte
	own     *buffer // of a reply or a control frame
	control bool    // data is the whole frame
}

// weight is a number of bytes. Replies and messages of channels have separate limits:
// a large reply to a slow client is no reason to cut the client off when a message of
// a channel comes.
type weight struct{ replies, messages int }

func (w *weight) add(m outgoing) {
	if m.own != nil {
		w.replies += len(m.data)
	} else {
		w.messages += len(m.data)
	}
}

type closeReason struct {
	code   websocket.StatusCode
	reason string
}

var (
	goingAway = closeReason{websocket.StatusGoingAway, "Server shutting down"}
	tooSlow   = closeReason{websocket.StatusPolicyViolation, "the connection is too slow to keep up with its messages"}
	// disconnected is for a user whose sockets were closed: see [Server.Disconnect].
	disconnected = closeReason{websocket.StatusPolicyViolation, "disconnected by the server"}
	tooMany      = closeReason{websocket.StatusPolicyViolation, "too many messages"}
	flooding     = closeReason{websocket.StatusPolicyViolation, "too many control frames"}
)

var (
	errClosed = errors.New("the WebSocket is closed")
	errNoRoom = errors.New("the client does not read fast enough")
)

// addReply queues a reply when there is room, or frees it when giveUp comes first.
// It reports whether the caller must start the writing.
func (o *outbox) addReply(b *buffer, giveUp <-chan time.Time) (first bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.closed && err == nil && o.waiting.replies >= o.limit {
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
	return o.add(outgoing{data: b.data, own: b}), nil
}

// addControl queues a control frame, unless the outbox is closed. It reports whether the
// caller must start the writing.
func (o *outbox) addControl(b *buffer) (first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		b.free()
		return false
	}
	return o.add(outgoing{data: b.data, own: b, control: true})
}

// addMessage queues a message of a channel, unless the outbox is closed. While there is
// no room it waits as long as p allows, and then returns an error. It reports whether
// the caller must start the writing.
func (o *outbox) addMessage(m *channel.Message, p *pace) (first bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.closed && o.waiting.messages >= o.limit {
		room := o.whenRoom()
		o.mu.Unlock()
		made := p.wait(room)
		o.mu.Lock()
		if !made {
			return false, errNoRoom
		}
	}
	return !o.closed && o.add(outgoing{data: m.Frame()}), nil
}

// add queues a message, and reports whether the caller must start the writing. The
// caller holds the lock.
func (o *outbox) add(m outgoing) (first bool) {
	o.queue = append(o.queue, m)
	o.waiting.add(m)
	first = !o.writing
	o.writing = true
	return first
}

// begin reports whether the caller is to write.
func (o *outbox) begin() (first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	first = !o.writing
	o.writing = true
	return first
}

// take returns the queued messages.
func (o *outbox) take() []outgoing {
	o.mu.Lock()
	defer o.mu.Unlock()
	batch := o.queue
	o.queue, o.spare = o.spare, nil
	return batch
}

// progress subtracts the bytes of a batch that have been written.
func (o *outbox) progress(done weight) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.subtract(done)
}

func (o *outbox) subtract(done weight) {
	o.waiting.replies -= done.replies
	o.waiting.messages -= done.messages
	o.wake()
}

// written ends the writing of a batch, and subtracts its last part. It reports whether
// more is queued.
func (o *outbox) written(batch []outgoing, last weight, err error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.subtract(last)
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

// whenRoom returns a channel that is closed when more room has been made. The caller
// holds the lock.
func (o *outbox) whenRoom() <-chan struct{} {
	if o.room == nil {
		o.room = make(chan struct{})
	}
	return o.room
}

func (o *outbox) wake() {
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}

// last returns the close frame to send. It is nil while messages are queued, and when
// the socket is not to be closed.
func (o *outbox) last() *closeReason {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) > 0 || o.ended {
		return nil
	}
	return o.closing
}

// close ends adding. It reports whether it is the first call.
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

// clear is close, and drops the queue.
func (o *outbox) clear(why closeReason) bool {
	if !o.close(why) {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drop()
	return true
}

// end drops the queue of a socket that is closed.
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
	for _, m := range o.queue {
		m.own.free()
	}
	o.queue, o.waiting = nil, weight{}
	o.wake()
}
