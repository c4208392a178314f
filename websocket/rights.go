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

// grant is what allowed a subscription. The socket's mu guards it.
type grant struct {
	// claim is zero while the app decides about the subscription for the first time.
	claim auth.Claim
	// settled says that the app has allowed the subscription again after the claim
	// ended: it is not asked once more as long as the claim is the same.
	settled bool
	// checking says that a recheck has begun, or waits for its turn.
	checking bool
}

// granted is a copy of a grant, with the subscription that it is for.
type granted struct {
	grant
	of      *grant
	socket  *socket
	channel string
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

// granted returns the subscriptions of the socket that rest on a claim.
func (k *socket) granted() []granted {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []granted
	for name, g := range k.channels {
		if g.claim != (auth.Claim{}) && !g.checking {
			all = append(all, granted{*g, g, k, name})
		}
	}
	return all
}

// beginRecheck starts a recheck, unless the client has left.
func (k *socket) beginRecheck(g granted) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.gone {
		g.of.checking = true
		k.spawn(func() { k.recheck(g) })
	}
}

// recheck has the app decide about a subscription again. The client hears of one
// that ends. One that the client itself has ended or made anew in the meantime is left
// alone.
func (k *socket) recheck(g granted) {
	name := g.channel
	k.changing.Lock()
	defer k.changing.Unlock()
	if !k.holds(name, g.of) {
		return
	}
	ctx, cancel := context.WithTimeout(k.server.options.Attach(k.ctx), k.server.options.RightsInterval)
	defer cancel()
	left, err := k.server.options.Channels.Recheck(ctx, k, name)
	if left {
		k.forget(name)
		k.replyEnded(name, asError(err))
		return
	}
	claim := k.server.options.Auth.Claim(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if g.of.checking = false; err == nil {
		g.of.claim, g.of.settled = claim, claim == g.claim // the same one has ended
	}
}

// holds reports whether g still is what the subscription rests on.
func (k *socket) holds(name string, g *grant) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.channels[name] == g
}

// replyEnded tells the client that it is no longer subscribed, and why.
func (k *socket) replyEnded(name string, err *fault.Error) {
	b := newBuffer()
	b.data = append(strconv.AppendQuote(append(b.data, `{"unsubscribed":{"channel":`...), name), `},"error":`...)
	b.data = append(err.AppendJSON(b.data, k.server.options.IncludeStack), '}')
	_ = k.send(b) // an error means that the client is gone
}
