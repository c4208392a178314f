package websocket

import "sync"

// buffer is memory that messages use one after the other.
type buffer struct{ data []byte }

// maxKept is the largest buffer that is kept for the next message, in bytes.
const maxKept = 64 << 10

var buffers = sync.Pool{New: func() any { return &buffer{data: make([]byte, 0, 512)} }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

// free returns the buffer to the pool. It does nothing for a nil buffer.
func (b *buffer) free() {
	if b != nil && cap(b.data) <= maxKept {
		b.data = b.data[:0]
		buffers.Put(b)
	}
}
