package websocket

import (
	"net"
	"sync"
	"time"
)

// wire is the network connection beneath a socket. It gives up a peer that does
// not take what is written, and it can hold writes back to send them in one go,
// which is why no socket needs a large buffer of its own.
type wire struct {
	net.Conn
	patience time.Duration // for each write
	early    []byte        // read before the socket was one

	mu   sync.Mutex
	held *buffer // nil: nothing is held back
}

const (
	// maxHeld is how much is held back, in bytes.
	maxHeld = 32 << 10
	// stride is how much a peer has to take within the patience, in bytes, or
	// a long message would need more of it than a short one.
	stride = 64 << 10
)

func (w *wire) Read(p []byte) (int, error) {
	if len(w.early) > 0 {
		n := copy(p, w.early)
		w.early = w.early[n:]
		return n, nil
	}
	return w.Conn.Read(p)
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held == nil {
		return len(p), w.push(p)
	}
	if len(w.held.data)+len(p) > maxHeld {
		if err := w.pushHeld(); err != nil {
			return 0, err
		}
	}
	if len(p) > maxHeld/2 {
		return len(p), w.push(p)
	}
	w.held.data = append(w.held.data, p...)
	return len(p), nil
}

// hold holds back what is written from now on.
func (w *wire) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = newBuffer()
}

// release sends what was held back.
func (w *wire) release() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.pushHeld()
	w.held.free()
	w.held = nil
	return err
}

func (w *wire) pushHeld() error {
	p := w.held.data
	w.held.data = p[:0]
	return w.push(p)
}

func (w *wire) push(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), stride)
		_ = w.Conn.SetWriteDeadline(time.Now().Add(w.patience)) // or the write says what is wrong
		if _, err := w.Conn.Write(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}
