package websocket

import (
	"context"
	"fmt"
	"time"

	"github.com/keryx-go/keryx/action"
)

// cancelTimeout is how long cancelled work has to send its error to the client.
const cancelTimeout = time.Second

// Stop drains the server: it answers upgrades with 503, and closes each socket with
// 1001 when its messages are answered. After WS_DRAIN_TIMEOUT it cancels work that is
// still running, streams included; clients get an error before their sockets are
// closed. Stop returns when all sockets are closed, or when ctx ends, with an error;
// then it cuts off the others.
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
	// Most of them wait for their clients' close frame only.
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

// ends reports whether all sockets are closed within a time.
func (s *Server) ends(ctx context.Context, within time.Duration) bool {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return s.live.wait(bounded) == nil
}
