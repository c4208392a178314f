package websocket

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
)

// subscriptions are the channels that the client of a socket is subscribed to, and what
// allowed each of them.
type subscriptions struct {
	socket   *socket
	changing locks // by channel: held while its subscription changes; taken before mu

	mu     sync.Mutex
	closed bool // no more rechecks begin
	grants map[string]*grant
}

// grant is what allowed a subscription. The lock of subscriptions guards it.
type grant struct {
	// decided says that the app has allowed the subscription, on the strength of claim.
	decided bool
	claim   auth.Claim
	// settled says that the app has allowed the subscription again after the claim
	// ended: it is not asked once more as long as the claim is the same.
	settled bool
	// checking says that a recheck has begun, or waits for its turn, and again that
	// another one is to follow the decision that is being made.
	checking, again bool
}

// subscribe answers a message that subscribes.
func (s *subscriptions) subscribe(m *message) {
	k := s.socket
	defer k.answered(m)
	defer m.endTurn()
	m.awaitTurn(k.ctx)
	g, joined, err := s.join(m)
	if err == nil {
		err = s.sendMissed(m.name, g, joined)
	}
	if err != nil {
		k.replyError(m, err)
		return
	}
	_ = k.sender.send(subscribedReply(m, joined)) // an error means that the client is gone
	joined.Release()
}

// sendMissed sends the messages that a client has missed, and waits while the client does
// not read. The subscription may end meanwhile.
func (s *subscriptions) sendMissed(name string, g *grant, joined *channel.Joined) *fault.Error {
	for _, m := range joined.Missed {
		if !s.holds(name, g) {
			return &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: "The subscription has ended"}
		}
		if s.socket.sender.send(missedMessage(m)) != nil {
			return nil // the client is gone
		}
	}
	return nil
}

// join lets the socket into a channel. What allowed it is returned with what the socket
// has missed.
func (s *subscriptions) join(m *message) (*grant, *channel.Joined, *fault.Error) {
	o := &s.socket.server.options
	if o.Channels == nil {
		return nil, nil, &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: "Channel not found: " + m.name}
	}
	ctx := o.Attach(s.socket.ctx)
	if o.Auth != nil {
		if err := o.Auth.Check(ctx); err != nil {
			return nil, nil, asError(err)
		}
	}
	defer s.changing.lock(m.name)()
	g, fresh, err := s.reserve(m.name)
	if err != nil {
		return nil, nil, err
	}
	joined, failed := o.Channels.JoinAfter(ctx, s.socket, m.name, channel.Rejoin{
		After: m.position, MaxHeld: o.Config.SendBuffer, TooSlow: s.socket.sender.cutOff,
	})
	if failed != nil {
		if fresh {
			s.forget(m.name)
		}
		return nil, nil, asError(failed)
	}
	if fresh {
		s.setClaim(ctx, m.name)
	}
	return g, joined, nil
}

// reserve registers a subscription, unless the socket has the most that it may have.
// It reports false for one that the socket has already.
func (s *subscriptions) reserve(name string) (g *grant, fresh bool, err *fault.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.grants[name]; g != nil {
		return g, false, nil
	}
	if limit := s.socket.server.options.Config.MaxSubscriptions; limit > 0 && len(s.grants) >= limit {
		return nil, false, &fault.Error{
			Type: fault.ConnectionChannelValidation, Message: fmt.Sprintf("Too many subscriptions (max %d)", limit),
		}
	}
	if s.grants == nil {
		s.grants = map[string]*grant{}
	}
	g = &grant{}
	s.grants[name] = g
	return g, true, nil
}

// setClaim notes what the app has looked at when it allowed a subscription: ctx is the
// context that it was asked with.
func (s *subscriptions) setClaim(ctx context.Context, name string) {
	var claim auth.Claim
	if a := s.socket.server.options.Auth; a != nil {
		claim = a.Claim(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.grants[name]
	g.decided, g.claim = true, claim
	s.followUp(name, g)
}

// followUp begins the recheck that is to follow a decision. The lock is held.
func (s *subscriptions) followUp(name string, g *grant) {
	if g.again {
		g.again = false
		s.begin(granted{*g, g, s.socket, name})
	}
}

func (s *subscriptions) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.grants, name)
}

// unsubscribe answers a message that unsubscribes.
func (s *subscriptions) unsubscribe(m *message) {
	k := s.socket
	defer k.answered(m)
	defer m.endTurn()
	m.awaitTurn(k.ctx)
	channels := k.server.options.Channels
	if channels == nil {
		k.replyError(m, &fault.Error{Type: fault.ConnectionNotSubscribed, Message: "Not subscribed to channel: " + m.name})
		return
	}
	defer s.changing.lock(m.name)()
	if err := channels.Leave(k.ctx, k, m.name); err != nil {
		k.replyError(m, asError(err))
		return
	}
	s.forget(m.name)
	_ = k.sender.send(channelReply(m, "unsubscribed")) // an error means that the client is gone
}

// close lets no more rechecks begin.
func (s *subscriptions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// leaveAll leaves all channels of a client that has left, also those of joins that have
// not returned.
func (s *subscriptions) leaveAll() {
	if channels := s.socket.server.options.Channels; channels != nil {
		channels.LeaveAll(s.socket.ctx, s.socket)
	}
}

// granted is a copy of a grant, with the subscription that it is for.
type granted struct {
	grant
	of      *grant
	socket  *socket
	channel string
}

// claimed returns the subscriptions that rest on a claim, and are not being rechecked.
func (s *subscriptions) claimed() []granted {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []granted
	for name, g := range s.grants {
		if g.decided && g.claim != (auth.Claim{}) && !g.checking {
			all = append(all, granted{*g, g, s.socket, name})
		}
	}
	return all
}

// beginRecheck starts a recheck, unless the client has left.
func (s *subscriptions) beginRecheck(g granted) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin(g)
}

// begin is beginRecheck. The lock is held.
func (s *subscriptions) begin(g granted) {
	if !s.closed {
		g.of.checking = true
		s.socket.spawn(func() { s.recheck(g) })
	}
}

// recheckAll starts rechecks of all subscriptions, also of those that the app decides
// about at the moment.
func (s *subscriptions) recheckAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, g := range s.grants {
		if !g.decided || g.checking {
			g.again = true
		} else {
			s.begin(granted{*g, g, s.socket, name})
		}
	}
}

// errEvicted is what a client is told that [Server.Evict] has taken out of a channel.
var errEvicted = &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: "You were taken out of the channel"}

// evict starts to end a subscription, if there is one.
func (s *subscriptions) evict(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.grants[name] == nil {
		return
	}
	s.socket.spawn(func() {
		k, o := s.socket, &s.socket.server.options
		defer s.changing.lock(name)()
		if o.Channels.Leave(k.ctx, k, name) == nil { // otherwise the client itself has left
			s.forget(name)
			_ = k.sender.send(endedNotice(name, errEvicted, o.IncludeStack)) // an error means that the client is gone
		}
	})
}

// recheck has the app decide about a subscription again. The client hears of one
// that ends. One that the client itself has ended or made anew in the meantime is left
// alone.
func (s *subscriptions) recheck(g granted) {
	k, o := s.socket, &s.socket.server.options
	defer s.changing.lock(g.channel)()
	if !s.holds(g.channel, g.of) {
		return
	}
	ctx, cancel := context.WithTimeout(o.Attach(k.ctx), o.RightsInterval)
	defer cancel()
	left, err := o.Channels.Recheck(ctx, k, g.channel)
	if left {
		s.forget(g.channel)
		_ = k.sender.send(endedNotice(g.channel, asError(err), o.IncludeStack)) // an error means that the client is gone
		return
	}
	claim := o.Auth.Claim(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.of.checking = false; err == nil {
		g.of.claim, g.of.settled = claim, claim == g.claim // the same one has ended
	}
	s.followUp(g.channel, g.of)
}

// holds reports whether g still is what the subscription rests on.
func (s *subscriptions) holds(name string, g *grant) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.grants[name] == g
}

// asError returns an error of a hub as clients see it.
func asError(err error) *fault.Error {
	var e *fault.Error
	if errors.As(err, &e) {
		return e
	}
	return &fault.Error{Type: fault.ConnectionServerError, Message: "Internal server error", Err: err}
}
