package channel

import "sync"

// held is a subscriber whose messages wait until it has got those that it missed.
type held struct {
	Subscriber
	limit   int    // of the bytes that may wait
	tooSlow func() // called once when more wait; may be nil

	mu    sync.Mutex
	open  bool // messages do not wait any more
	ended bool // messages are dropped: the subscriber has left, or is too slow
	skip  string
	queue []*Message
	bytes int
}

func newHeld(s Subscriber, r *Rejoin) *held {
	h := &held{Subscriber: s, limit: r.MaxHeld, tooSlow: r.TooSlow}
	if h.limit <= 0 {
		h.limit = DefaultMaxHeld
	}
	return h
}

// Deliver passes a message on, or has it wait.
func (h *held) Deliver(m *Message) {
	if h.deliver(m) && h.tooSlow != nil {
		h.tooSlow()
	}
}

// deliver is Deliver. It reports whether too much waits, once.
func (h *held) deliver(m *Message) (tooMuch bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ended || h.skipped(m):
		return false
	case h.open:
		h.Subscriber.Deliver(m)
		return false
	}
	h.queue = append(h.queue, m)
	h.bytes += len(m.frame)
	if h.bytes <= h.limit {
		return false
	}
	h.ended, h.queue = true, nil
	return true
}

// skipped reports whether the subscriber has got a message from the history. The lock
// is held.
func (h *held) skipped(m *Message) bool {
	return h.skip != "" && m.Position != "" && !isAfter(m.Position, h.skip)
}

// skipTo drops messages up to a position, those that wait among them, and with "" none
// from now on.
func (h *held) skipTo(position string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.skip = position
	if position == "" {
		return
	}
	all := h.queue
	h.queue, h.bytes = nil, 0
	for _, m := range all {
		if !h.skipped(m) {
			h.queue = append(h.queue, m)
			h.bytes += len(m.frame)
		}
	}
}

// skips returns the position of skipTo.
func (h *held) skips() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.skip
}

// release delivers what waits, and then each message as it comes.
func (h *held) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return
	}
	h.open = true
	for _, m := range h.queue {
		h.Subscriber.Deliver(m)
	}
	h.queue = nil
}

// end drops what waits, and all messages from now on.
func (h *held) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended, h.queue = true, nil
}
