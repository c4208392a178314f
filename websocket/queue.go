package websocket

// queue holds the messages of a socket that wait for a worker, in their order. The
// lock of workers guards it.
type queue struct {
	list  []*message
	bytes int
	stuck bool          // it was full for long, and no message has been taken from it since
	room  chan struct{} // closed when a message is taken; nil: nothing waits for that
}

const (
	// maxQueue is the size from which a queue is full, in bytes.
	maxQueue = 1 << 20
	// queueOverhead is the size of a message without its text, in bytes.
	queueOverhead = 512
)

func (q *queue) full() bool { return q.bytes >= maxQueue }

func (q *queue) push(m *message) {
	q.list = append(q.list, m)
	q.bytes += len(m.body.data) + queueOverhead
}

// pop returns the oldest message, or nil.
func (q *queue) pop() *message {
	if len(q.list) == 0 {
		return nil
	}
	m := q.list[0]
	q.list[0] = nil
	if q.list = q.list[1:]; len(q.list) == 0 {
		q.list = nil
	}
	q.bytes -= len(m.body.data) + queueOverhead
	q.stuck = false
	if q.room != nil {
		close(q.room)
		q.room = nil
	}
	return m
}

// whenRoom returns a channel that is closed when a message is taken.
func (q *queue) whenRoom() <-chan struct{} {
	if q.room == nil {
		q.room = make(chan struct{})
	}
	return q.room
}
