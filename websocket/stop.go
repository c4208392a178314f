package websocket

import (
	"context"
	"fmt"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// cancelTimeout is how long what is cut short has to say so to its client.
const cancelTimeout = time.Second

// Stop drains the server: upgrades are answered with 503, and a socket is closed
// with 1001 when the messages that were taken are answered. After
// WS_DRAIN_TIMEOUT what still runs is cancelled, streams among it, and its clients
// are told before their sockets are closed. Stop returns when all are gone, or,
// with an error, when ctx ends; then the rest is cut off. Stopping a server
// without sockets does nothing more.
func (s *Server) Stop(ctx context.Context) error {
	s.options.Web.Drain()
	s.mu.Lock()
	s.draining = true
	if s.stopWatching != nil {
		s.stopWatching()
		s.stopWatching = nil
	}
	s.mu.Unlock()
	s.watching.Wait()
	s.writers.dismiss()
	for _, k := range s.all() {
		k.drain()
	}
	if s.ends(ctx, s.options.Config.DrainTimeout) {
		return nil
	}
	for _, k := range s.all() {
		k.cancel(action.ErrStopping)
	}
	if s.ends(ctx, cancelTimeout) {
		return nil
	}
	for _, k := range s.all() {
		k.close(goingAway)
	}
	// Most of them need no more than their clients' answer to the closing.
	if s.ends(ctx, closeTimeout+time.Second) {
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

// ends reports whether all sockets are gone within a time.
func (s *Server) ends(ctx context.Context, within time.Duration) bool {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return s.live.wait(bounded) == nil
}

// drain closes the socket as soon as what it was asked is answered.
func (k *socket) drain() {
	k.mu.Lock()
	k.draining = true
	idle := k.calls.n == 0
	k.mu.Unlock()
	if idle {
		k.close(goingAway)
	}
}

func stopping() *fault.Error {
	return &fault.Error{Type: fault.ServerStop, Message: "Server is shutting down"}
}
