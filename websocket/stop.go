package websocket

import (
	"context"
	"fmt"
	"time"

	"github.com/keryx-go/keryx/action"
)

// Stop drains the server: upgrades are answered with 503, messages that have been
// taken are answered within WS_DRAIN_TIMEOUT, and then every socket is closed with
// 1001. It returns when all are gone, or, with an error, when ctx ends; then the
// rest is cut off. Stopping a server without sockets does nothing more.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	for _, k := range s.all() {
		k.drain()
	}
	bounded, cancel := context.WithTimeout(ctx, s.options.Config.DrainTimeout)
	defer cancel()
	if s.live.wait(bounded) == nil {
		return nil
	}
	for _, k := range s.all() {
		k.cancel(action.ErrStopping)
		k.close(goingAway)
	}
	// Most of them need no more than their clients' answer to the closing.
	bounded, cancel = context.WithTimeout(ctx, linger+time.Second)
	defer cancel()
	if s.live.wait(bounded) == nil {
		return nil
	}
	left := s.all()
	for _, k := range left {
		_ = k.wire.Close()
	}
	if err := s.live.wait(ctx); err != nil {
		return fmt.Errorf("%d WebSockets were still open: %w", len(left), err)
	}
	return nil
}

// drain closes the socket as soon as what it was asked is answered. Streams end
// at once: they may go on for ever.
func (k *socket) drain() {
	k.mu.Lock()
	k.draining = true
	idle := k.unanswered == 0
	k.mu.Unlock()
	if idle {
		k.close(goingAway)
	}
}

func stopping() *action.Error {
	return &action.Error{Type: action.ServerStop, Message: "Server is shutting down"}
}
