package worker

import (
	"context"
	"sync"
	"time"
)

// source is the original of all values, from which the clients of a worker load.
type source struct {
	mu    sync.Mutex
	truth Truth
	loads map[string]int // by key
	begun chan struct{}  // closed, and made anew, when a load begins
}

func newSource() *source {
	return &source{loads: map[string]int{}, begun: make(chan struct{})}
}

func (s *source) tell(t Truth) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.truth = t
}

// load is the load function of the contenders. It counts itself, and takes the time of
// the current Truth.
func (s *source) load(ctx context.Context, key string) (string, error) {
	s.mu.Lock()
	truth := s.truth
	s.loads[key]++
	close(s.begun)
	s.begun = make(chan struct{})
	s.mu.Unlock()

	timer := time.NewTimer(truth.Takes)
	defer timer.Stop()
	select {
	case <-timer.C:
		return truth.Value, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// count returns how many loads of a key have begun, and a channel that is
// closed when the next load of any key begins.
func (s *source) count(key string) (loads int, next <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads[key], s.begun
}
