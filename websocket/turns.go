package websocket

import "sync"

// turns are the last changes of the subscriptions of a socket, by channel: those of one
// channel happen in the order in which the client has sent them. Only the reading
// goroutine uses it. The zero turns is ready to use.
type turns map[string]chan struct{} // closed when the change is done

// manyTurns is how many changes are kept until those that are done are forgotten.
const manyTurns = 128

// take has a change wait for the one of the same channel before it.
func (t *turns) take(m *message) {
	if *t == nil {
		*t = turns{}
	}
	if len(*t) >= manyTurns {
		t.forgetDone()
	}
	m.before, m.after = (*t)[m.name], make(chan struct{})
	(*t)[m.name] = m.after
}

// giveBack is for a change that does not happen.
func (t *turns) giveBack(m *message) {
	if m.before == nil {
		delete(*t, m.name)
	} else {
		(*t)[m.name] = m.before
	}
}

func (t *turns) forgetDone() {
	for name, done := range *t {
		select {
		case <-done:
			delete(*t, name)
		default:
		}
	}
}

// locks are mutexes by name. The zero locks is ready to use.
type locks struct {
	mu    sync.Mutex
	named map[string]*namedLock
}

type namedLock struct {
	sync.Mutex
	users int // that hold it or wait for it
}

// lock returns a function that unlocks.
func (l *locks) lock(name string) (unlock func()) {
	l.mu.Lock()
	n := l.named[name]
	if n == nil {
		if l.named == nil {
			l.named = map[string]*namedLock{}
		}
		n = &namedLock{}
		l.named[name] = n
	}
	n.users++
	l.mu.Unlock()
	n.Lock()
	return func() {
		n.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if n.users--; n.users == 0 {
			delete(l.named, name)
		}
	}
}
