package redisserver

import "sync"

// commandLock lets one command, transaction or script run at a time. While a
// runScript takes long, those that wait are turned away.
type commandLock struct {
	held chan struct{}
	mu   *sync.Mutex
	slow chan struct{} // closed while a script takes long; guarded by mu
}

func newCommandLock() commandLock {
	return commandLock{held: make(chan struct{}, 1), mu: &sync.Mutex{}, slow: make(chan struct{})}
}

// acquire takes the lock and reports whether it has it. Without it a script has
// been running for too long.
func (l *commandLock) acquire() bool {
	select {
	case l.held <- struct{}{}:
		return true
	default:
	}
	l.mu.Lock()
	slow := l.slow
	l.mu.Unlock()
	select {
	case l.held <- struct{}{}:
		return true
	case <-slow:
		return false
	}
}

// wait takes the lock however long that takes.
func (l *commandLock) wait() { l.held <- struct{}{} }

// release gives the lock back.
func (l *commandLock) release() {
	l.mu.Lock()
	select {
	case <-l.slow:
		l.slow = make(chan struct{})
	default:
	}
	l.mu.Unlock()
	<-l.held
}

// setSlow turns those that wait away until the lock is released. Its holder
// calls it.
func (l *commandLock) setSlow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.slow:
	default:
		close(l.slow)
	}
}
