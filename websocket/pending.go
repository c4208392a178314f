package websocket

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/keryx-go/keryx/fault"
)

// pending are the messages of a socket that have not got their last reply yet, in their
// order. The zero pending is ready to use.
type pending struct {
	mu          sync.Mutex
	first, last *message
	n           int
	streams     int          // how many of them are streams under way
	closing     *closeReason // no more messages are taken, and the socket closes after the last one; nil: not yet
}

// add adds a message, and reports whether it has: after drain it does not.
func (p *pending) add(m *message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing != nil {
		return false
	}
	m.prev = p.last
	if p.last == nil {
		p.first = m
	} else {
		p.last.next = m
	}
	p.last = m
	p.n++
	return true
}

// remove removes a message. It returns the reason of drain if it was the last one after
// that, and nil otherwise.
func (p *pending) remove(m *message) (drained *closeReason) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.prev == nil {
		p.first = m.next
	} else {
		m.prev.next = m.next
	}
	if m.next == nil {
		p.last = m.prev
	} else {
		m.next.prev = m.prev
	}
	m.prev, m.next = nil, nil
	p.n--
	if p.n > 0 {
		return nil
	}
	return p.closing
}

// drain ends adding, and reports whether there are no messages.
func (p *pending) drain(why closeReason) (drained bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing == nil {
		p.closing = &why
	}
	return p.n == 0
}

// errCancelled is the cause of a stream that its client has cancelled.
var errCancelled = &fault.Error{
	Type: fault.ConnectionActionRun, Message: "The client has cancelled the stream", Status: 499,
}

// cancelStream ends the streams whose action was called with that messageId, now or as
// soon as they begin. An action that returns no stream is not ended.
func (p *pending) cancelStream(id []byte) *fault.Error {
	var stops []context.CancelCauseFunc
	found := false
	p.mu.Lock()
	for m := p.first; m != nil; m = m.next {
		if m.kind != kindAction || m.ended || !bytes.Equal(m.id, id) {
			continue
		}
		found = true
		m.cancelled = true
		if m.stop != nil {
			stops = append(stops, m.stop)
		}
	}
	p.mu.Unlock()
	for _, stop := range stops {
		stop(errCancelled)
	}
	if !found {
		return malformed(fmt.Sprintf("no action with the messageId %s is under way", id))
	}
	return nil
}

// beginStream counts a stream, and reports whether the client has cancelled it
// already. Its error is that there are too many; a limit of zero is none.
func (p *pending) beginStream(m *message, stop context.CancelCauseFunc, limit int) (cancelled bool, err *fault.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if limit > 0 && p.streams >= limit {
		return false, &fault.Error{
			Type: fault.ConnectionRateLimited, Message: fmt.Sprintf("Too many streams (max %d)", limit),
		}
	}
	p.streams++
	m.stop = stop
	return m.cancelled, nil
}

// endStream undoes beginStream. It reports whether the client has cancelled the stream.
func (p *pending) endStream(m *message) (cancelled bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.streams--
	m.stop, m.ended = nil, true
	return m.cancelled
}
