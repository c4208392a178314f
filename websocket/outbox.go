package websocket

import (
	"sync"

	"github.com/coder/websocket"
)

// outbox is what a client is to be sent. The goroutine that adds to it while none
// writes has it written.
type outbox struct {
	mu      sync.Mutex
	queue   []outgoing
	spare   []outgoing // the memory of the queue that was written last
	waiting weight     // what is queued or being written
	writing bool
	closed  bool          // nothing more is taken
	closing *closeReason  // to close with when the queue is empty; nil: not yet
	ended   bool          // the socket is gone
	room    chan struct{} // closed when there is more room; nil: nothing waits for that
}

// outgoing is one message: a reply, or a message of a channel, which many sockets
// share.
type outgoing struct {
	data []byte
	own  *buffer // of a reply
}

// weight is a number of bytes. Replies and messages of channels have a limit each:
// a large reply on a slow line must not cut its client off because a message of a
// channel comes meanwhile.
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
	flooding  = closeReason{websocket.StatusPolicyViolation, "too many control frames"}
)

// add queues a message, and reports whether the caller has to have it written. The
// lock is held.
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

// take returns what is queued.
func (o *outbox) take() []outgoing {
	o.mu.Lock()
	defer o.mu.Unlock()
	batch := o.queue
	o.queue, o.spare = o.spare, nil
	return batch
}

// progress makes room for what has been written of a batch.
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

// written ends the writing of a batch, the last part of which is not subtracted
// yet, and reports whether there is more to do.
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

// whenRoom returns a channel that is closed when there is more room than now. The
// lock is held.
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

// last returns what to close with when the queue is empty, or nil.
func (o *outbox) last() *closeReason {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) > 0 || o.ended {
		return nil
	}
	return o.closing
}

// close lets nothing more in. It reports whether it is the first to do so.
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
	for _, m := range o.queue {
		m.own.free()
	}
	o.queue, o.waiting = nil, weight{}
	o.wake()
}
