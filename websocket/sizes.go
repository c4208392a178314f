package websocket

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/action"
)

// largeReply is the size from which a reply is large, in bytes.
const largeReply = 64 << 10

// firstReplyWait is how long the other calls of an action wait for its very first reply,
// which shows how large they are going to be. A first call that takes longer than this
// holds up no others.
const firstReplyWait = 200 * time.Millisecond

// sizes knows how large the replies of each action are. The zero sizes knows of none.
type sizes struct {
	byEntry sync.Map      // *action.Entry to *replySize
	wait    time.Duration // in place of firstReplyWait, in tests
}

// replySize is the size of the replies of an action.
type replySize struct {
	bytes    atomic.Int64 // that the next one is likely to have
	answered chan struct{}
	once     sync.Once // closes answered
}

// expect returns the size that the next reply of an action is likely to have, in bytes. It
// is zero for replies that are not large. While the first call of an action runs, expect
// waits for its reply, until done is closed or firstReplyWait is over. The caller calls
// learn or answer afterwards.
func (s *sizes) expect(e *action.Entry, done <-chan struct{}) int {
	known, ok := s.byEntry.Load(e)
	if !ok {
		if known, ok = s.byEntry.LoadOrStore(e, &replySize{answered: make(chan struct{})}); !ok {
			return 0
		}
	}
	size := known.(*replySize)
	select {
	case <-size.answered:
	default:
		s.await(size, done)
	}
	if n := size.bytes.Load(); n >= largeReply {
		return int(n)
	}
	return 0
}

// await waits for the first reply of an action.
func (s *sizes) await(size *replySize, done <-chan struct{}) {
	wait := s.wait
	if wait == 0 {
		wait = firstReplyWait
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-size.answered:
	case <-timer.C:
	case <-done:
	}
}

// answer notes that a call of an action has ended, whatever its size: with an error or a
// stream.
func (s *sizes) answer(e *action.Entry) {
	if known, ok := s.byEntry.Load(e); ok {
		known.(*replySize).end()
	}
}

// learn notes the size of a reply. A larger one counts at once, a smaller one an eighth.
func (s *sizes) learn(e *action.Entry, n int) {
	known, ok := s.byEntry.Load(e)
	if !ok {
		return
	}
	size := known.(*replySize)
	if was := size.bytes.Load(); int64(n) > was {
		size.bytes.Store(int64(n))
	} else {
		size.bytes.Store(was - (was-int64(n))/8)
	}
	size.end()
}

// end lets the calls go on that wait for the first reply.
func (r *replySize) end() { r.once.Do(func() { close(r.answered) }) }
