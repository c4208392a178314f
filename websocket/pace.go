package websocket

import (
	"sync"
	"time"
)

// pace is the time for which a server may hold up the messages of channels for
// sockets whose queue is full, so that a burst that comes faster than their
// goroutines can write does not cut them off. It is an allowance for all
// sockets together: clients that do not read use it up, and hold up nothing from
// then on. The zero pace is ready to use.
type pace struct {
	mu   sync.Mutex
	used time.Duration // of maxPace
	at   time.Time     // when used was right
}

const (
	// maxPace is the whole of the allowance, and maxPaceOnce how much of it one
	// message may use for one socket.
	maxPace     = 2 * time.Second
	maxPaceOnce = 500 * time.Millisecond
	// paceRefill is the part of the time that is added to the allowance: one
	// in so many.
	paceRefill = 10
)

// wait waits until done is closed, and reports whether it was. It gives up when
// the allowance does not last.
func (p *pace) wait(done <-chan struct{}) bool {
	now := time.Now()
	limit := p.left(now)
	if limit <= 0 {
		return false
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	defer func() { p.use(time.Since(now)) }()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// left returns how long the next wait may take.
func (p *pace) left(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used = max(0, p.used-now.Sub(p.at)/paceRefill)
	p.at = now
	return min(maxPaceOnce, maxPace-p.used)
}

func (p *pace) use(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used += d
}
