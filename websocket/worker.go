package websocket

import (
	"time"

	"github.com/keryx-go/keryx/fault"
)

// inPlace is how long the goroutine that reads may work on a message itself: so
// long, or up to twice that.
const inPlace = time.Millisecond

// answer works on a message in the goroutine that has read it: to wake another
// one takes longer than most actions do. It reports whether the goroutine is to
// read on. If the message has taken too long, another one reads by then.
func (k *socket) answer(m *message) (reads bool) {
	returned := false
	defer func() {
		switch {
		case returned:
		// The action has called runtime.Goexit.
		case k.server.inPlace.Done(&k.inPlaceItem):
			k.workerDone()
			k.spawn(k.serve)
		default:
			k.spawn(func() { k.work(nil) })
		}
	}()
	k.server.inPlace.Add(&k.inPlaceItem, k)
	k.handle(m)
	returned = true
	if !k.server.inPlace.Done(&k.inPlaceItem) {
		return false
	}
	k.workerDone()
	return true
}

// Overdue lets another goroutine read in place of the one that works on a
// message.
func (k *socket) Overdue() {
	k.slow.Store(true)
	k.spawn(k.serve)
}

// dispatch hands a message to a worker that has nothing to do, to a new one, or
// to the queue of those that wait for one. While the queue is full it waits, but
// not for long: the goroutine that reads is the one that notices when the client
// leaves. Then it returns an error, and the client may try again.
func (k *socket) dispatch(m *message) *fault.Error {
	k.mu.Lock()
	k.awaitQueue()
	switch {
	case k.idle > 0:
		k.idle--
		k.mu.Unlock()
		k.hand(m)
	case k.workers < k.server.options.Config.MaxConcurrent:
		k.workers++
		k.mu.Unlock()
		k.spawn(func() { k.work(m) })
	case !k.queue.full():
		k.queue.push(m)
		k.mu.Unlock()
	default:
		k.mu.Unlock()
		return &fault.Error{Type: fault.ConnectionRateLimited, Message: "Too many messages wait for their answers"}
	}
	return nil
}

// awaitQueue waits until the queue is not full, unless it has done so in vain and
// no message was taken since. It is called, and returns, with the lock held.
func (k *socket) awaitQueue() {
	for k.queue.full() && !k.queue.stuck {
		room := k.queue.whenRoom()
		k.mu.Unlock()
		timer := time.NewTimer(k.readerWait())
		waited := false
		select {
		case <-room:
		case <-timer.C:
			waited = true
		}
		timer.Stop()
		k.mu.Lock()
		k.queue.stuck = waited && k.queue.full()
	}
}

// readerWait is how long the goroutine that reads may wait for something else
// than the client, at once.
func (k *socket) readerWait() time.Duration {
	return min(time.Second, k.server.options.Config.PingTimeout/2)
}

// hand gives a message to a worker that is counted as idle no more. A worker may
// have gone with the client.
func (k *socket) hand(m *message) {
	select {
	case k.jobs <- m:
	case <-k.ctx.Done():
		if m != nil {
			k.abandon(m)
		}
	}
}

// abandon ends a message without an answer: the client is gone.
func (k *socket) abandon(m *message) {
	m.pass()
	k.answered(m)
	m.free()
}

// addWorker counts a new worker, if there may be one more.
func (k *socket) addWorker() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.workers >= k.server.options.Config.MaxConcurrent {
		return false
	}
	k.workers++
	return true
}

// workerDone ends the working of a goroutine that reads on. A message that waits gets
// another worker.
func (k *socket) workerDone() {
	k.mu.Lock()
	m := k.queue.pop()
	if m == nil {
		k.workers--
	}
	k.mu.Unlock()
	if m != nil {
		k.spawn(func() { k.work(m) })
	}
}

// work answers m, if there is one, and other messages after it, until there is
// nothing more to do for the client, or endIdleWorkers ends it.
func (k *socket) work(m *message) {
	returned := false
	defer func() {
		if !returned { // an action has called runtime.Goexit; messages may wait for this worker
			k.spawn(func() { k.work(nil) })
		}
	}()
	if m != nil {
		k.handleTimed(m)
	}
	for m = k.job(); m != nil; m = k.job() {
		k.handleTimed(m)
	}
	k.workerDone()
	returned = true
}

// job returns the next message; nil when the worker is not wanted any more.
func (k *socket) job() *message {
	k.mu.Lock()
	if m := k.queue.pop(); m != nil {
		k.mu.Unlock()
		return m
	}
	k.idle++
	k.mu.Unlock()
	select {
	case m := <-k.jobs:
		return m
	case <-k.ctx.Done():
		return nil
	}
}

// handleTimed notes whether the reading goroutine may work on messages again.
func (k *socket) handleTimed(m *message) {
	start := time.Now()
	k.handle(m)
	k.slow.Store(time.Since(start) > inPlace)
}

// endIdleWorkers ends the workers that have nothing to do. They are kept for a while
// because the stack of a new one has to grow again.
func (k *socket) endIdleWorkers() {
	k.mu.Lock()
	n := k.idle
	k.idle = 0
	k.mu.Unlock()
	for range n {
		k.hand(nil)
	}
}

// handle answers a message and frees it, unless a stream goes on with it.
func (k *socket) handle(m *message) {
	switch m.kind {
	case kindAction:
		if k.act(m) {
			return
		}
	case kindSubscribe:
		k.subscribe(m)
	case kindUnsubscribe:
		k.unsubscribe(m)
	}
	m.free()
}
