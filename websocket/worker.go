package websocket

// dispatch hands a message to a worker that has nothing to do, or to a new one.
// When all are busy it waits, and so does the client.
func (k *socket) dispatch(m *message) {
	select {
	case k.jobs <- m:
		return
	default:
	}
	if k.hire() {
		go k.work(m)
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
	k.server.live.add()
	return true
}

// retire is called when a worker ends, be it that an action has called
// [runtime.Goexit].
func (k *socket) retire() {
	k.mu.Lock()
	k.workers--
	k.mu.Unlock()
	k.server.live.done()
}

// work answers messages until there is nothing more to do for the client, or
// relieve ends it.
func (k *socket) work(m *message) {
	defer k.retire()
	for m != nil {
		k.handle(m)
		m.free()
		select {
		case m = <-k.jobs:
		case <-k.ctx.Done():
			return
		}
	}
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
