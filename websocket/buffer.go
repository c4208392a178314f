package websocket

import "sync"

// buffer is memory that is used for one message after the other.
type buffer struct{ data []byte }

// maxKept bounds, in bytes, the memory that is kept for the next message.
const maxKept = 64 << 10

var buffers = sync.Pool{New: func() any { return &buffer{data: make([]byte, 0, 512)} }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

// free gives the buffer back. A nil buffer has nothing to give.
func (b *buffer) free() {
	if b != nil && cap(b.data) <= maxKept {
		b.data = b.data[:0]
		buffers.Put(b)
	}
}
