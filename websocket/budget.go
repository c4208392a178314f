package websocket

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// budget bounds the bytes of the replies that wait for all sockets of a server, or are
// being made. Above it, large replies wait to be made, and sockets that take nothing are
// cut off.
type budget struct {
	limit   int64         // in bytes; 0: none
	timeout time.Duration // after which a socket that takes nothing is cut off in any case
	sockets *sockets
	log     *slog.Logger

	used     atomic.Int64
	relieves atomic.Bool  // a goroutine cuts off sockets
	exceeded atomic.Int64 // Unix time in nanoseconds of the last reply beyond the limit
	pressed  atomic.Int32 // sockets that wait for room, and have no other replies
	waited   atomic.Bool  // room is not nil

	mu   sync.Mutex
	room chan struct{} // closed when bytes are given back; nil: nothing waits for that
}

// add takes bytes, which may exceed the limit.
func (b *budget) add(n int) {
	if b.used.Add(int64(n)) > b.limit && b.limit > 0 {
		b.start()
	}
}

// sub gives bytes back.
func (b *budget) sub(n int) {
	b.used.Add(-int64(n))
	if !b.waited.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.room != nil {
		close(b.room)
		b.room = nil
		b.waited.Store(false)
	}
}

// share returns what a reply of a size takes of the budget while it is made: it is there as
// a value and as JSON. One that is very large takes a quarter of the budget, since it
// could never be made otherwise.
func (b *budget) share(size int) int { return min(2*size, int(b.limit/4)) }

// reserve takes the bytes of a reply that is going to be made, if they are within the
// limit. A further reply of a socket gets half of that only, so that there is some left
// for the first ones of others. If there is no room, it returns a channel that is closed
// when bytes have been given back. There has to be a limit.
func (b *budget) reserve(n int, further bool) (room <-chan struct{}) {
	limit := b.limit
	if further {
		limit /= 2
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waited.Store(true) // before the look at what is used, or sub might not know
	if b.used.Load()+int64(n) <= limit {
		b.used.Add(int64(n))
		b.waited.Store(b.room != nil)
		return nil
	}
	if b.room == nil {
		b.room = make(chan struct{})
	}
	return b.room
}

// exceed takes bytes beyond the limit, of one reply in each pause, and reports whether it
// has.
func (b *budget) exceed(n int) bool {
	now, last := time.Now().UnixNano(), b.exceeded.Load()
	if now-last < int64(b.pause()) || !b.exceeded.CompareAndSwap(last, now) {
		return false
	}
	b.add(n)
	return true
}

// pause is the time between two looks at what can be done about a spent budget.
func (b *budget) pause() time.Duration { return max(time.Millisecond, b.timeout/(4*timeoutSlices)) }

// press notes that a socket waits for room.
func (b *budget) press() {
	b.pressed.Add(1)
	b.start()
}

// unpress undoes press.
func (b *budget) unpress() { b.pressed.Add(-1) }

// start has a goroutine relieve, unless one does.
func (b *budget) start() {
	if !b.relieves.Swap(true) {
		b.sockets.goroutines.spawn(b.relieve)
	}
}

// stuckSlices is how many parts of the timeout of a write a socket may take nothing for
// while the budget is spent.
const stuckSlices = timeoutSlices / 2

// relieve cuts off sockets that take nothing, those with most replies first, until the
// budget is kept and no reply waits for it.
func (b *budget) relieve() {
	ticker := time.NewTicker(b.pause())
	defer ticker.Stop()
	for b.tight() {
		b.cut()
		<-ticker.C
	}
	b.relieves.Store(false)
	if b.tight() { // since just now
		b.start()
	}
}

// tight reports whether more is used than the budget has, or a socket waits for it.
func (b *budget) tight() bool { return b.used.Load() > b.limit || b.pressed.Load() > 0 }

// cut cuts off sockets that take nothing, until the budget is not spent any more.
func (b *budget) cut() {
	type stuck struct {
		socket *socket
		bytes  int
	}
	var all []stuck
	for _, k := range b.sockets.all() {
		if n := k.sender.outbox.replies(); n > 0 && k.wire.idle.Load() >= stuckSlices {
			all = append(all, stuck{k, n})
		}
	}
	slices.SortFunc(all, func(a, b stuck) int { return cmp.Compare(b.bytes, a.bytes) })
	cut := 0
	for _, s := range all {
		if !b.tight() {
			break
		}
		s.socket.sender.cutOff()
		_ = s.socket.wire.Close() // it takes nothing, not even a close frame
		cut++
	}
	if cut > 0 {
		b.log.Warn("WebSockets were cut off: replies that wait for clients have used up WS_REPLY_BUDGET, and these took nothing",
			"sockets", cut, "bytes", b.used.Load(), "budget", b.limit)
	}
}
