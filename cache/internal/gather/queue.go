package gather

// queue is the reads that wait, in the order of their arrival. Every method takes the
// same time however many there are: a crowd may leave all at once.
type queue[V any] struct {
	first, last *read[V]
	length      int
}

// read is a key that a caller waits for.
type read[V any] struct {
	key   string
	wake  chan event // receives one event
	value V

	queued     bool
	prev, next *read[V] // in the queue
}

// event is why a caller is woken.
type event uint8

const (
	answered  event = iota // value is set
	appointed              // it is to lead
)

func (q *queue[V]) push(r *read[V]) {
	r.queued, r.prev = true, q.last
	if q.last == nil {
		q.first = r
	} else {
		q.last.next = r
	}
	q.last = r
	q.length++
}

// remove takes r out. It reports false when r is not there any more.
func (q *queue[V]) remove(r *read[V]) bool {
	if !r.queued {
		return false
	}
	if r.prev == nil {
		q.first = r.next
	} else {
		r.prev.next = r.next
	}
	if r.next == nil {
		q.last = r.prev
	} else {
		r.next.prev = r.prev
	}
	r.queued, r.prev, r.next = false, nil, nil
	q.length--
	return true
}

// take removes up to n reads from the front.
func (q *queue[V]) take(n int) []*read[V] {
	n = min(n, q.length)
	if n == 0 {
		return nil
	}
	taken := make([]*read[V], n)
	for i := range taken {
		taken[i] = q.first
		q.remove(q.first)
	}
	return taken
}
