package websocket

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// wire is the network connection of a socket. It fails a write of which the peer takes
// nothing for the timeout. It can hold writes back and send them together, so that a
// socket needs no large buffer.
type wire struct {
	net.Conn
	timeout time.Duration // for which a peer may take nothing of a write
	early   []byte        // read before the socket was one
	signs   atomic.Uint64 // signs of life: bytes came in, or a write that was blocked went on
	idle    atomic.Int32  // slices of the timeout, one after the other, in which the peer took nothing of a write
	frames  frames        // of the reading goroutine, as is the following
	refused error         // of frames: nothing more is read

	mu       sync.Mutex
	held     *buffer // nil: nothing is held back
	accepted int64   // bytes that were written, or are held back
}

const (
	// maxHeld is the most that is held back, in bytes.
	maxHeld = 32 << 10
	// timeoutSlices is the number of timers, one after the other, into which a
	// timeout is divided. A process that was stopped finds one of them over when it
	// goes on, and not all: a client must not be given up for what it did in time
	// and the process could not see.
	timeoutSlices = 4
	// blockedWrite is the least time of a write that has waited for the peer.
	blockedWrite = 100 * time.Millisecond
)

// Read fails when frames refuses what has come. After that it discards what comes, until
// the client has taken the close frame and closes the connection, or a deadline ends it:
// bytes that are not read would take the close frame away from the client.
func (w *wire) Read(p []byte) (int, error) {
	if w.refused != nil {
		_, _ = io.Copy(io.Discard, w.Conn)
		return 0, w.refused
	}
	n, err := w.receive(p)
	if n > 0 {
		w.signs.Add(1)
		if w.refused = w.frames.pass(p[:n]); w.refused != nil {
			return 0, w.refused
		}
	}
	return n, err
}

func (w *wire) receive(p []byte) (int, error) {
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
	w.accepted += int64(len(p))
	if w.held == nil {
		return len(p), w.push(p)
	}
	large := len(p) > maxHeld/2
	if large || len(w.held.data)+len(p) > maxHeld {
		if err := w.pushHeld(); err != nil {
			return 0, err
		}
	}
	if large {
		return len(p), w.push(p)
	}
	w.held.data = append(w.held.data, p...)
	return len(p), nil
}

// position returns how many bytes are before the next write.
func (w *wire) position() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.accepted
}

// hold begins to hold writes back.
func (w *wire) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = newBuffer()
}

// release sends the writes that were held back.
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

// push writes p. It fails when the peer has taken nothing for the timeout.
func (w *wire) push(p []byte) error {
	if w.idle.Load() != 0 {
		w.idle.Store(0)
	}
	for idle := 0; len(p) > 0; {
		start := time.Now()
		_ = w.Conn.SetWriteDeadline(start.Add(w.timeout / timeoutSlices)) // or the write says what is wrong
		n, err := w.Conn.Write(p)
		p = p[n:]
		if n > 0 {
			if idle > 0 {
				idle = 0
				w.idle.Store(0)
			}
			if time.Since(start) > blockedWrite {
				w.signs.Add(1)
			}
		}
		if err == nil {
			continue
		}
		if n == 0 {
			idle++
			w.idle.Store(int32(idle))
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || idle == timeoutSlices {
			return err
		}
	}
	return nil
}
