package websocket

import (
	"context"
	"sync"
	"time"
)

// sockets is the set of a server's open sockets, with the count of their goroutines.
type sockets struct {
	goroutines counter // of the sockets, and of the upgrades under way

	mu       sync.Mutex
	draining bool // no more upgrades are admitted
	open     map[*socket]struct{}
}

// setDraining sets whether upgrades are refused.
func (s *sockets) setDraining(draining bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = draining
}

// admit counts an upgrade as a goroutine, unless the server drains.
func (s *sockets) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.draining {
		s.goroutines.add()
	}
	return !s.draining
}

// add registers a socket, and reports whether the server drains.
func (s *sockets) add(k *socket) (draining bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[k] = struct{}{}
	return s.draining
}

func (s *sockets) remove(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, k)
}

func (s *sockets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// all returns the open sockets.
func (s *sockets) all() []*socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*socket, 0, len(s.open))
	for k := range s.open {
		all = append(all, k)
	}
	return all
}

// ended reports whether all sockets end within a time, and before ctx does.
func (s *sockets) ended(ctx context.Context, within time.Duration) bool {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return s.goroutines.wait(bounded) == nil
}
