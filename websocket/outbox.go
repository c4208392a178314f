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
	limit  int     // from which there is no room for replies, and for messages, in bytes
	budget *budget // of the replies of all sockets

	mu      sync.Mutex
	queue   []outgoing
	spare   []outgoing // the memory of the queue that was written last
	waiting weight     // what is queued or being written
	making  int        // replies that are being made, and expected to be large
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

// admit waits until there is room for replies, and then for one of the size that is
// expected, in the budget of all sockets: zero takes nothing of it. It returns what is
// reserved, for release, and false when the outbox is closed. It stops waiting when done
// is closed.
//
// While the budget is spent, a socket without other replies waits for the budget's timeout.
// Then it waits for others that read slowly, and its reply may exceed the budget.
func (o *outbox) admit(size int, done <-chan struct{}) (reserved int, open bool) {
	var timer *time.Timer
	var giveUp <-chan time.Time
	late, stopped := false, false
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.closed {
		var room <-chan struct{}
		further := o.making > 0 || o.waiting.replies > 0
		switch {
		case o.waiting.replies >= o.limit:
			further, room = true, o.whenRoom()
		case size == 0:
			return 0, true
		case late && !further && o.budget.exceed(size):
		default:
			room = o.budget.reserve(size, further)
		}
		if room == nil {
			o.making++
			return size, true
		}
		if timer == nil && !further {
			timer = time.NewTimer(o.budget.timeout)
			defer timer.Stop()
			giveUp = timer.C
		}
		own := o.whenRoom() // and the socket may have no other replies any more
		o.mu.Unlock()
		if !further {
			o.budget.press()
		}
		select {
		case <-room:
		case <-own:
		case <-giveUp:
			late = true
			timer.Reset(o.budget.pause())
		case <-done:
			stopped = true
		}
		if !further {
			o.budget.unpress()
		}
		o.mu.Lock()
		if stopped {
			return 0, !o.closed
		}
	}
	return 0, false
}

// release gives back what admit has reserved.
func (o *outbox) release(reserved int) {
	if reserved == 0 {
		return
	}
	o.budget.sub(reserved)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.making--
	o.wake()
}

// replies returns the bytes of replies that wait.
func (o *outbox) replies() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.waiting.replies
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
	if m.own != nil {
		o.budget.add(len(m.data))
	}
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
	o.budget.sub(done.replies)
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
	var dropped weight
	for _, m := range o.queue {
		dropped.add(m)
		m.own.free()
	}
	o.budget.sub(dropped.replies)
	o.queue, o.waiting = nil, weight{}
	o.wake()
}
