package stream

import (
	"errors"
	"strconv"
	"sync"
	"time"
)

var (
	comment = []byte(":\n\n")
	errOver = errors.New("the stream is over")
)

// framer sends events as they are written, and comments in between.
type framer struct {
	send  func([]byte) error
	every time.Duration // zero or less: no comments
	retry time.Duration // zero or less: it is not sent

	mu    sync.Mutex
	over  bool
	timer *time.Timer
	frame []byte
}

// open tells the client that there is a stream, and starts the heart.
func (f *framer) open() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var first []byte
	if f.retry > 0 {
		first = append(strconv.AppendInt([]byte("retry: "), f.retry.Milliseconds(), 10), "\n\n"...)
	}
	if err := f.send(first); err != nil {
		return err
	}
	if f.every > 0 {
		f.timer = time.AfterFunc(f.every, f.beat)
	}
	return nil
}

func (f *framer) event(e Event, data string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return errOver
	}
	f.frame = appendFrame(f.frame[:0], e.Name, e.ID, data)
	err := f.send(f.frame)
	f.rest()
	return err
}

// beat sends a comment. That it cannot be sent is for the transport to notice,
// which ends the producer's context.
func (f *framer) beat() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.over && f.send(comment) == nil {
		f.rest()
	}
}

// rest begins the wait for the next comment anew.
func (f *framer) rest() {
	if f.timer != nil {
		f.timer.Reset(f.every)
	}
}

// close lets nothing out any more. It waits for what is on its way.
func (f *framer) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	if f.timer != nil {
		f.timer.Stop()
	}
}
