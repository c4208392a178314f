package websocket

import "time"

// patience is how long the goroutine that reads may work on a message itself: so
// long, or up to twice that.
const patience = time.Millisecond

// answer works on a message in the goroutine that has read it: to wake another
// one takes longer than most actions do. It returns whether the goroutine is to
// read on. If the message has taken too long, another one reads by then.
func (k *socket) answer(m *message) (reads bool) {
	returned := false
	defer func() {
		switch {
		case returned:
		// The action has called runtime.Goexit.
		case k.server.alone.Done(&k.alone):
			k.retire()
			k.spawn(k.serve)
		default:
			k.spawn(func() { k.work(nil) })
		}
	}()
	k.server.alone.Add(&k.alone, k)
	k.handle(m)
	m.free()
	returned = true
	if !k.server.alone.Done(&k.alone) {
		return false
	}
	k.retire()
	return true
}

// Overdue lets another goroutine read in place of the one that works on a
// message.
func (k *socket) Overdue() {
	k.slow.Store(true)
	k.spawn(k.serve)
}

// dispatch hands a message to a worker that has nothing to do, or to a new one.
// When all are busy it waits, and so does the client.
func (k *socket) dispatch(m *message) {
	select {
	case k.jobs <- m:
		return
	default:
	}
	if k.hire() {
		k.spawn(func() { k.work(m) })
		return
	}
	k.stalls.Add(1)
	defer k.stalls.Add(1)
	select {
	case k.jobs <- m:
	case <-k.ctx.Done():
		m.pass()
		m.free()
		k.answered()
	}
}

// hire counts a new worker, if there may be one more.
func (k *socket) hire() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.workers >= k.server.options.Config.MaxConcurrent {
		return false
	}
	k.workers++
	return true
}

func (k *socket) retire() {
	k.mu.Lock()
	k.workers--
	k.mu.Unlock()
}

// work answers m, if there is one, and other messages after it, until there is
// nothing more to do for the client, or relieve ends it.
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
	k.retire()
	returned = true
}

// job waits for a message; nil when a worker is not wanted any more.
func (k *socket) job() *message {
	select {
	case m := <-k.jobs:
		return m
	case <-k.ctx.Done():
		return nil
	}
}

// handleTimed notes whether messages can be worked on by who reads them again.
func (k *socket) handleTimed(m *message) {
	start := time.Now()
	k.handle(m)
	m.free()
	k.slow.Store(time.Since(start) > patience)
}

// relieve ends the workers that have nothing to do. They are kept for a while
// because the stack of a new one has to grow again.
func (k *socket) relieve() {
	for {
		select {
		case k.jobs <- nil:
		default:
			return
		}
	}
}

func (k *socket) handle(m *message) {
	switch m.kind {
	case kindAction:
		k.act(m)
	case kindSubscribe:
		k.subscribe(m)
	case kindUnsubscribe:
		k.unsubscribe(m)
	}
}
