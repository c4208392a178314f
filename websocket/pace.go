package websocket

import (
	"sync"
	"time"
)

// pace bounds the time for which a server delays messages of channels for sockets whose
// queue is full, so that a burst that comes faster than it can be written does not cut
// them off. All sockets share one allowance: clients that do not read use it up, and
// then cause no more delay. The zero pace is ready to use.
type pace struct {
	mu   sync.Mutex
	used time.Duration // of maxPace
	at   time.Time     // when used was right
}

const (
	// maxPace is the whole allowance, and maxPaceOnce the part of it that one
	// message may use for one socket.
	maxPace     = 2 * time.Second
	maxPaceOnce = 500 * time.Millisecond
	// paceRefill is the share of the time that is added to the allowance: one of
	// paceRefill.
	paceRefill = 10
)

// wait waits until done is closed, and reports whether it was. It returns
// when the allowance is used up.
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

// left returns the longest time of the next wait.
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
