package websocket

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/fault"
)

// inTurn waits until the previous change is done, so that changes of subscriptions
// happen in the order in which the client has sent them.
func (k *socket) inTurn(m *message) {
	if m.before == nil {
		return
	}
	select {
	case <-m.before:
	case <-k.ctx.Done():
	}
}

func (k *socket) subscribe(m *message) {
	defer k.answered(m)
	defer m.pass()
	k.inTurn(m)
	if err := k.join(m.name); err != nil {
		k.replyError(m, err)
		return
	}
	k.replyChannel(m, "subscribed")
}

func (k *socket) join(name string) *fault.Error {
	if k.server.options.Channels == nil {
		return &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: "Channel not found: " + name}
	}
	ctx := k.server.options.Attach(k.ctx)
	if a := k.server.options.Auth; a != nil {
		if err := a.Check(ctx); err != nil {
			return asError(err)
		}
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	fresh, err := k.reserve(name)
	if err != nil {
		return err
	}
	if err := k.server.options.Channels.Join(ctx, k, name); err != nil {
		k.forget(name)
		return asError(err)
	}
	if fresh {
		k.grant(ctx, name)
	}
	return nil
}

// grant notes what the app has looked at when it allowed a subscription: ctx is the
// context that it was asked with.
func (k *socket) grant(ctx context.Context, name string) {
	if k.server.options.Auth == nil {
		return
	}
	claim := k.server.options.Auth.Claim(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.channels[name].claim = claim
}

// reserve registers a subscription, unless the socket has the most that it may have.
// It reports false for one that the socket has already.
func (k *socket) reserve(name string) (fresh bool, err *fault.Error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.channels[name]; ok {
		return false, nil
	}
	if limit := k.server.options.Config.MaxSubscriptions; limit > 0 && len(k.channels) >= limit {
		return false, &fault.Error{
			Type: fault.ConnectionChannelValidation, Message: fmt.Sprintf("Too many subscriptions (max %d)", limit),
		}
	}
	if k.channels == nil {
		k.channels = map[string]*grant{}
	}
	k.channels[name] = &grant{}
	return true, nil
}

func (k *socket) forget(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.channels, name)
}

func (k *socket) unsubscribe(m *message) {
	defer k.answered(m)
	defer m.pass()
	k.inTurn(m)
	if k.server.options.Channels == nil {
		k.replyError(m, &fault.Error{Type: fault.ConnectionNotSubscribed, Message: "Not subscribed to channel: " + m.name})
		return
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	if err := k.server.options.Channels.Leave(k.ctx, k, m.name); err != nil {
		k.replyError(m, asError(err))
		return
	}
	k.forget(m.name)
	k.replyChannel(m, "unsubscribed")
}

// leaveChannels leaves all channels of a client that has left, also those of joins that
// have not returned.
func (k *socket) leaveChannels() {
	if k.server.options.Channels != nil {
		k.server.options.Channels.LeaveAll(k.ctx, k)
	}
}

// asError returns an error of a hub as clients see it.
func asError(err error) *fault.Error {
	var e *fault.Error
	if errors.As(err, &e) {
		return e
	}
	return &fault.Error{Type: fault.ConnectionServerError, Message: "Internal server error", Err: err}
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
