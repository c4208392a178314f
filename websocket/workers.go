package websocket

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/overdue"
)

// workers are the goroutines that work on the messages of a socket. One that has nothing
// to do waits for the next message until endIdle. The reading goroutine counts as a
// worker while it works on a message itself.
type workers struct {
	socket  *socket
	inPlace overdue.Item  // in the server's list while the reading goroutine works on a message
	slow    atomic.Bool   // the last message took too long to be worked on in place
	jobs    chan *message // to workers that have nothing to do

	mu    sync.Mutex
	queue queue // messages that wait for a worker
	n     int   // goroutines that work on messages or wait for one
	idle  int   // those of them that wait
}

// inPlace is how long the goroutine that reads may work on a message itself: so
// long, or up to twice that.
const inPlace = time.Millisecond

// addInPlace counts the reading goroutine as a new worker, if there may be one more and
// the last message was quick.
func (w *workers) addInPlace() bool {
	if w.slow.Load() {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n >= w.socket.server.options.Config.MaxConcurrent {
		return false
	}
	w.n++
	return true
}

// handleInPlace works on a message in the goroutine that has read it, after addInPlace:
// to wake another one takes longer than most actions do. It reports whether the
// goroutine is to read on. If the message has taken too long, another one reads by then.
func (w *workers) handleInPlace(m *message) (reads bool) {
	k := w.socket
	returned := false
	defer func() {
		switch {
		case returned:
		// The action has called runtime.Goexit.
		case k.server.inPlace.Done(&w.inPlace):
			w.done()
			k.spawn(k.serve)
		default:
			k.spawn(func() { w.run(nil) })
		}
	}()
	k.server.inPlace.Add(&w.inPlace, w)
	k.handle(m)
	returned = true
	if !k.server.inPlace.Done(&w.inPlace) {
		return false
	}
	w.done()
	return true
}

// Overdue starts another goroutine that reads: this one is still busy with a message.
func (w *workers) Overdue() {
	w.slow.Store(true)
	w.socket.spawn(w.socket.serve)
}

// dispatch hands a message to a worker that has nothing to do, to a new one, or
// to the queue of those that wait for one. While the queue is full it waits, but
// not for long: the goroutine that reads is the one that notices when the client
// leaves. Then it returns an error, and the client may try again.
func (w *workers) dispatch(m *message) *fault.Error {
	w.mu.Lock()
	w.awaitQueue()
	switch {
	case w.idle > 0:
		w.idle--
		w.mu.Unlock()
		w.hand(m)
	case w.n < w.socket.server.options.Config.MaxConcurrent:
		w.n++
		w.mu.Unlock()
		w.socket.spawn(func() { w.run(m) })
	case !w.queue.full():
		w.queue.push(m)
		w.mu.Unlock()
	default:
		w.mu.Unlock()
		return &fault.Error{Type: fault.ConnectionRateLimited, Message: "Too many messages wait for their answers"}
	}
	return nil
}

// awaitQueue waits until the queue is not full, unless it has done so in vain and
// no message was taken since. It is called, and returns, with the lock held.
func (w *workers) awaitQueue() {
	for w.queue.full() && !w.queue.stuck {
		room := w.queue.whenRoom()
		w.mu.Unlock()
		timer := time.NewTimer(readerWait(w.socket.server.options.Config.PingTimeout))
		waited := false
		select {
		case <-room:
		case <-timer.C:
			waited = true
		}
		timer.Stop()
		w.mu.Lock()
		w.queue.stuck = waited && w.queue.full()
	}
}

// hand gives a message to a worker that is counted as idle no more. A worker may
// have gone with the client.
func (w *workers) hand(m *message) {
	select {
	case w.jobs <- m:
	case <-w.socket.ctx.Done():
		if m != nil {
			w.socket.abandon(m)
		}
	}
}

// run works on m, if there is one, and on other messages after it, until there is
// nothing more to do for the client, or endIdle ends it.
func (w *workers) run(m *message) {
	returned := false
	defer func() {
		if !returned { // an action has called runtime.Goexit; messages may wait for this worker
			w.socket.spawn(func() { w.run(nil) })
		}
	}()
	if m != nil {
		w.handleTimed(m)
	}
	for m = w.next(); m != nil; m = w.next() {
		w.handleTimed(m)
	}
	w.done()
	returned = true
}

// next returns the next message; nil when the worker is not wanted any more.
func (w *workers) next() *message {
	w.mu.Lock()
	if m := w.queue.pop(); m != nil {
		w.mu.Unlock()
		return m
	}
	w.idle++
	w.mu.Unlock()
	select {
	case m := <-w.jobs:
		return m
	case <-w.socket.ctx.Done():
		return nil
	}
}

// handleTimed works on a message, and notes whether the reading goroutine may work on
// messages again.
func (w *workers) handleTimed(m *message) {
	start := time.Now()
	w.socket.handle(m)
	w.slow.Store(time.Since(start) > inPlace)
}

// done ends the working of a goroutine. A message that waits gets another worker.
func (w *workers) done() {
	w.mu.Lock()
	m := w.queue.pop()
	if m == nil {
		w.n--
	}
	w.mu.Unlock()
	if m != nil {
		w.socket.spawn(func() { w.run(m) })
	}
}

// endIdle ends the workers that have nothing to do. They are kept for a while
// because the stack of a new one has to grow again.
func (w *workers) endIdle() {
	w.mu.Lock()
	n := w.idle
	w.idle = 0
	w.mu.Unlock()
	for range n {
		w.hand(nil)
	}
}

// takeQueue empties the queue, and returns its messages.
func (w *workers) takeQueue() []*message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var waiting []*message
	for m := w.queue.pop(); m != nil; m = w.queue.pop() {
		waiting = append(waiting, m)
	}
	return waiting
}
