package websocket

import "sync"

// maxParked is how many goroutines of a server may be parked.
const maxParked = 64

// writers is a pool of goroutines that write what sockets have queued. One that has
// written parks, and waits for another socket. A message of a channel comes to every socket at once and seldom
// takes long to write: a goroutine that has done it before has a stack that is
// large enough, where a new one would have to grow its own.
type writers struct {
	goroutines *counter // of the server's sockets

	mu        sync.Mutex
	parked    []chan *sender // one for each that waits; the last has waited least
	dismissed bool           // no goroutine may park any more
}

// start has a goroutine write what s has queued: a parked one, or a new one.
func (w *writers) start(s *sender) {
	w.goroutines.add()
	if next := w.take(); next != nil {
		next <- s
	} else {
		go w.run(s)
	}
}

// run writes for s, and then for other sockets.
func (w *writers) run(s *sender) {
	next := make(chan *sender, 1)
	for s != nil {
		w.write(s)
		s = w.park(next)
	}
}

// write writes for s. A goroutine is counted only while it does: those that are parked
// have no socket.
func (w *writers) write(s *sender) {
	defer w.goroutines.done()
	s.writeAll()
}

// take returns the channel of a parked goroutine, or nil.
func (w *writers) take() chan<- *sender {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := len(w.parked) - 1
	if last < 0 {
		return nil
	}
	next := w.parked[last]
	w.parked = w.parked[:last]
	return next
}

// park waits for a socket. It returns nil when no goroutine is needed.
func (w *writers) park(next chan *sender) *sender {
	w.mu.Lock()
	if w.dismissed || len(w.parked) >= maxParked {
		w.mu.Unlock()
		return nil
	}
	w.parked = append(w.parked, next)
	w.mu.Unlock()
	return <-next
}

// dismiss ends the parked goroutines, and lets none park until recall.
func (w *writers) dismiss() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dismissed = true
	for _, next := range w.parked {
		close(next)
	}
	w.parked = nil
}

// recall lets goroutines park again after dismiss.
func (w *writers) recall() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dismissed = false
}
