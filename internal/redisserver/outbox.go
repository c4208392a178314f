package redisserver

import (
	"net"
	"sync"
)

const (
	// slowReplies is how many bytes may wait before the client's next request does.
	slowReplies = 1 << 20
	// maxPending is how many bytes may wait for a subscriber that does not read,
	// before its connection is closed.
	maxPending = 32 << 20
)

// outbox writes to a connection in a goroutine of its own, so that a client that
// does not read delays no other.
type outbox struct {
	conn    net.Conn
	mu      sync.Mutex
	changed *sync.Cond
	pending []byte
	ended   bool // nothing is added any more
}

func newOutbox(conn net.Conn) *outbox {
	o := &outbox{conn: conn}
	o.changed = sync.NewCond(&o.mu)
	return o
}

// run writes until the outbox is finished or the connection broken, and closes
// the connection.
func (o *outbox) run() {
	defer o.conn.Close()
	var writing []byte
	for {
		o.mu.Lock()
		for len(o.pending) == 0 && !o.ended {
			o.changed.Wait()
		}
		if len(o.pending) == 0 {
			o.mu.Unlock()
			return
		}
		writing, o.pending = o.pending, writing[:0]
		o.changed.Broadcast()
		o.mu.Unlock()
		if _, err := o.conn.Write(writing); err != nil {
			o.abort()
			return
		}
		if cap(writing) > slowReplies {
			writing = nil
		}
	}
}

// reply adds a reply. It waits while too many are pending.
func (o *outbox) reply(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.pending) > slowReplies && !o.ended {
		o.changed.Wait()
	}
	o.add(b)
}

// push adds a message. It does not wait.
func (o *outbox) push(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending) > maxPending && !o.ended {
		o.pending, o.ended = nil, true
		_ = o.conn.Close()
	}
	o.add(b)
}

func (o *outbox) add(b []byte) {
	if o.ended {
		return
	}
	o.pending = append(o.pending, b...)
	o.changed.Broadcast()
}

// finish has the connection closed when all is written.
func (o *outbox) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.changed.Broadcast()
}

// abort drops what is pending.
func (o *outbox) abort() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending, o.ended = nil, true
	o.changed.Broadcast()
}
