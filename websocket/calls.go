package websocket

// calls are the messages of a socket that have no reply yet, in their order. The
// socket's lock guards them.
type calls struct {
	first, last *message
	n           int
}

func (c *calls) add(m *message) {
	m.prev = c.last
	if c.last == nil {
		c.first = m
	} else {
		c.last.next = m
	}
	c.last = m
	c.n++
}

func (c *calls) remove(m *message) {
	if m.prev == nil {
		c.first = m.next
	} else {
		m.prev.next = m.next
	}
	if m.next == nil {
		c.last = m.prev
	} else {
		m.next.prev = m.prev
	}
	m.prev, m.next = nil, nil
	c.n--
}
