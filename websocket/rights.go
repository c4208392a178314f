package websocket

import (
	"context"
	"time"

	"github.com/keryx-go/keryx/auth"
)

// DefaultRightsInterval is the default of [Options.RightsInterval].
const DefaultRightsInterval = 5 * time.Second

// watchRights looks after the subscriptions of sockets until ctx ends. A message
// finds its session anew, but a subscription goes on: it was allowed once, on the
// strength of a session or a token. When that has ended, on whatever node, or the
// socket has another one, the app is asked again.
func (s *Server) watchRights(ctx context.Context) {
	tick := time.NewTicker(s.options.RightsInterval)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-tick.C:
			err := s.checkRights(ctx)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil && !failing:
				s.options.Logger.Warn("the rights of WebSockets cannot be checked, and are when Redis answers", "error", err)
			case err == nil && failing:
				s.options.Logger.Info("the rights of WebSockets are checked again")
			}
			failing = err != nil
		case <-ctx.Done():
			return
		}
	}
}

// checkRights has the subscriptions checked whose claim does not hold any more. It
// asks Redis once for all of them; when Redis does not answer, that is the error.
func (s *Server) checkRights(ctx context.Context) error {
	var all []granted
	for _, k := range s.all() {
		all = append(all, k.granted()...)
	}
	claims := make([]auth.Claim, len(all))
	for i, g := range all {
		claims[i] = g.claim
	}
	ended, err := s.options.Auth.Ended(ctx, claims)
	if err != nil {
		return err
	}
	for i, g := range all {
		changed := s.options.Auth.Claim(s.options.Attach(g.socket.ctx)) != g.claim
		if changed || ended[i] && !g.settled {
			g.socket.beginRecheck(g)
		}
	}
	return nil
}
