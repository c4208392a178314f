package websocket

import (
	"context"
	"strconv"
	"time"

	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/fault"
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
	for {
		select {
		case <-tick.C:
			s.checkRights(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// grant is what allowed a subscription.
type grant struct {
	claim auth.Claim
	// settled says that the app has allowed the subscription again after the claim
	// ended: it is not asked once more as long as the claim is the same.
	settled bool
}

// granted is a subscription and what allowed it.
type granted struct {
	grant
	socket  *socket
	channel string
}

// checkRights has the subscriptions checked whose claim does not hold any more. It
// asks Redis once for all of them.
func (s *Server) checkRights(ctx context.Context) {
	var all []granted
	for _, k := range s.all() {
		all = append(all, k.granted()...)
	}
	if len(all) == 0 {
		return
	}
	claims := make([]auth.Claim, len(all))
	for i, g := range all {
		claims[i] = g.claim
	}
	ended, err := s.options.Auth.Ended(ctx, claims)
	if err != nil {
		if ctx.Err() == nil {
			s.options.Logger.Warn("the rights of WebSockets cannot be checked, and are when Redis answers", "error", err)
		}
		return
	}
	for i, g := range all {
		changed := s.options.Auth.Claim(s.options.Attach(g.socket.ctx)) != g.claim
		if changed || ended[i] && !g.settled {
			g.socket.spawn(func() { g.socket.recheck(g) })
		}
	}
}

// granted returns the subscriptions of the socket that rest on a claim.
func (k *socket) granted() []granted {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []granted
	for name, g := range k.channels {
		if g.claim != (auth.Claim{}) {
			all = append(all, granted{g, k, name})
		}
	}
	return all
}

// recheck has the app decide about a subscription again. The client hears of one
// that ends.
func (k *socket) recheck(g granted) {
	name := g.channel
	ctx, cancel := context.WithTimeout(k.server.options.Attach(k.ctx), k.server.options.RightsInterval)
	defer cancel()
	claim := k.server.options.Auth.Claim(ctx)
	left, err := k.server.options.Channels.Recheck(ctx, k, name)
	switch {
	case !left && err == nil:
		k.mu.Lock()
		if _, ok := k.channels[name]; ok {
			k.channels[name] = grant{claim, claim == g.claim} // the same one has ended
		}
		k.mu.Unlock()
	case left:
		k.forget(name)
		k.replyEnded(name, asError(err))
	}
}

// replyEnded tells the client that it is no longer subscribed, and why.
func (k *socket) replyEnded(name string, err *fault.Error) {
	b := newBuffer()
	b.data = append(strconv.AppendQuote(append(b.data, `{"unsubscribed":{"channel":`...), name), `},"error":`...)
	b.data = append(err.AppendJSON(b.data, k.server.options.IncludeStack), '}')
	_ = k.send(b) // an error means that the client is gone
}
