package websocket

import (
	"sync"
	"testing"
	"time"
)

func (w *writers) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.parked)
}

// TestWriters: so many wait, each gets what it is given, and all go home in the
// end.
func TestWriters(t *testing.T) {
	var w writers
	for range 2 { // a server may be started again
		var all sync.WaitGroup
		got := make(chan *sender, maxParked)
		for range maxParked {
			all.Go(func() { got <- w.park(make(chan *sender, 1)) })
		}
		for deadline := time.Now().Add(10 * time.Second); w.count() < maxParked; {
			if time.Now().After(deadline) {
				t.Fatalf("%d wait", w.count())
			}
			time.Sleep(time.Millisecond) // between looks
		}
		if k := w.park(make(chan *sender, 1)); k != nil {
			t.Error("one too many waits")
		}
		given := &sender{}
		w.take() <- given
		if k := <-got; k != given {
			t.Errorf("got %p, want %p", k, given)
		}
		w.dismiss()
		all.Wait()
		for range maxParked - 1 {
			if k := <-got; k != nil {
				t.Error("one that was sent home has a socket")
			}
		}
		if w.take() != nil || w.park(make(chan *sender, 1)) != nil {
			t.Error("somebody waits still")
		}
		w.recall()
	}
}
