package websocket

import (
	"sync"
	"sync/atomic"

	"github.com/keryx-go/keryx/action"
)

// largeReply is the size from which a reply is large, in bytes.
const largeReply = 64 << 10

// sizes knows which actions have large replies. The zero sizes knows of none.
type sizes struct {
	some    atomic.Bool
	byEntry sync.Map // *action.Entry to *atomic.Int64
}

// expect returns the size that the next reply of an action is likely to have, in bytes. It
// is zero for replies that are not large, and until the first large one.
func (s *sizes) expect(e *action.Entry) int {
	if !s.some.Load() {
		return 0
	}
	if size, ok := s.byEntry.Load(e); ok {
		if n := size.(*atomic.Int64).Load(); n >= largeReply {
			return int(n)
		}
	}
	return 0
}

// learn notes the size of a reply. A larger one counts at once, a smaller one an eighth.
func (s *sizes) learn(e *action.Entry, n int) {
	if n < largeReply && !s.some.Load() {
		return
	}
	size, ok := s.byEntry.Load(e)
	if !ok {
		if n < largeReply {
			return
		}
		size, _ = s.byEntry.LoadOrStore(e, &atomic.Int64{})
		s.some.Store(true)
	}
	known := size.(*atomic.Int64)
	if was := known.Load(); int64(n) > was {
		known.Store(int64(n))
	} else {
		known.Store(was - (was-int64(n))/8)
	}
}
