package channel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/redis"
)

// Hub is the channels of an app and, between [Hub.Start] and [Hub.Stop], a node
// that connections can join. Its methods are safe for concurrent use.
type Hub struct {
	o         Options
	defined   atomic.Pointer[registry]
	onGap     atomic.Pointer[[]func(Gap)]
	node      atomic.Pointer[node]
	frozen    atomic.Bool
	publisher publisher
	named     naming

	changing sync.Mutex // held by Start and Stop
}

// NewHub returns a hub without channels.
func NewHub(o Options) *Hub {
	h := &Hub{o: o.withDefaults()}
	h.defined.Store(&registry{})
	return h
}

// Handle defines a channel. It panics, naming it, when the name cannot be that
// of a channel, when some name would fit two definitions with placeholders, and
// after [Hub.Freeze].
func (h *Hub) Handle(c Channel) {
	if h.frozen.Load() {
		panic(fmt.Sprintf("keryx: channel %q: the app has started; define it before", c.Name))
	}
	for {
		old := h.defined.Load()
		if h.defined.CompareAndSwap(old, old.with(c)) {
			return
		}
	}
}

// Freeze ends the definition of channels: Handle panics from now on. An app calls
// it when it starts.
func (h *Hub) Freeze() { h.frozen.Store(true) }

// All returns the channels in the order of their definition.
func (h *Hub) All() []Channel { return h.defined.Load().all() }

// OnGap adds a function to call when this node may have missed messages. After a
// lost connection it is called as soon as the next one is up, before any message
// that comes after the gap is delivered; those wait, so it has to return soon. A
// gap that shows while the connection is up, because other nodes were elsewhere,
// is reported some seconds later, while messages are delivered. Two gaps are never
// reported at a time, and they may overlap. [Hub.Notify] tells this node's subscribers.
//
// A channel with a [History] is named only when the history does not have all messages
// that are missing: later than others, and before any message that comes after them.
func (h *Hub) OnGap(f func(Gap)) {
	for {
		old := h.onGap.Load()
		var all []func(Gap)
		if old != nil {
			all = append(all, *old...)
		}
		all = append(all, f)
		if h.onGap.CompareAndSwap(old, &all) {
			return
		}
	}
}

// Start connects this node with the others. It returns when Redis has
// confirmed the connection, or with an error when that does not happen before
// ctx ends. Starting a hub that runs does nothing.
func (h *Hub) Start(ctx context.Context) error {
	h.changing.Lock()
	defer h.changing.Unlock()
	if h.node.Load() != nil {
		return nil
	}
	if h.o.Redis == nil || h.o.Redis.Client == nil || h.o.Redis.Subscription == nil {
		return redis.ErrNotConnected
	}
	_, keys, err := h.redis(ctx)
	if err != nil {
		return fmt.Errorf("channels: cannot ask redis for its commands: %w", err)
	}
	n := newNode(h, keys)
	if err := n.start(ctx); err != nil {
		return errors.Join(err, n.stop(ctx))
	}
	h.node.Store(n)
	return nil
}

// Stop takes all members on this node out of their channels, tells the other
// nodes, and ends what Start began. When ctx ends before Redis has heard of it,
// it returns an error, and the members vanish from the other nodes with
// Options.PresenceTTL. Stopping a hub that does not run does nothing.
func (h *Hub) Stop(ctx context.Context) error {
	h.changing.Lock()
	defer h.changing.Unlock()
	if n := h.node.Swap(nil); n != nil {
		return n.stop(ctx)
	}
	return nil
}

// Join lets s into the channel of that name if the app agrees. When it returns
// nil, s gets every message that is broadcast from now on; it may have got some
// before, among them its own arrival. Joining a channel again does nothing.
//
// ctx is that of the connection: a transport ends it, and then calls
// [Hub.LeaveAll], when the connection is gone. The error is an *fault.Error:
// CONNECTION_CHANNEL_VALIDATION for a name that no channel can have,
// CONNECTION_CHANNEL_AUTHORIZATION when there is no such channel or s may not
// join it, whatever the app's functions return, and CONNECTION_SERVER_ERROR when
// Redis does not answer in Options.Timeout.
func (h *Hub) Join(ctx context.Context, s Subscriber, name string) error {
	_, err := h.join(ctx, s, name, nil)
	return err
}

// JoinAfter is Join for a subscriber that has been in the channel before. In a channel
// with a [History] it says what the subscriber has missed since, as far as the history
// has it; messages wait until [Joined.Release], which must follow. In a channel without
// one, messages do not wait and nothing is recovered.
//
// Besides the errors of Join there is a CONNECTION_CHANNEL_VALIDATION for an after that
// is not a position.
func (h *Hub) JoinAfter(ctx context.Context, s Subscriber, name string, r Rejoin) (*Joined, error) {
	if _, err := parsePlace(r.After); err != nil && r.After != "" {
		return nil, invalidAfter()
	}
	return h.join(ctx, s, name, &r)
}

func (h *Hub) join(ctx context.Context, s Subscriber, name string, r *Rejoin) (*Joined, error) {
	d, j, err := h.find(name)
	if err != nil {
		return nil, err
	}
	n := h.node.Load()
	if n == nil {
		return nil, unavailable(cannotJoin, errStopped)
	}
	return n.join(ctx, s, d, j, r)
}

// Leave takes s out of a channel. Its error is CONNECTION_NOT_SUBSCRIBED when s
// is not in it, or that of [Hub.Join] for names. That Redis does not answer is no
// error here: s is out, and Redis hears of it later.
func (h *Hub) Leave(ctx context.Context, s Subscriber, name string) error {
	if !valid(name) {
		return invalidName()
	}
	n := h.node.Load()
	if n == nil {
		return notSubscribed()
	}
	left, err := n.leave(ctx, s.ID(), name)
	switch {
	case err != nil:
		return unavailable(cannotLeave, err)
	case left == nil:
		return notSubscribed()
	}
	n.report(ctx, left)
	return nil
}

// LeaveAll takes s out of all its channels, because its connection is gone;
// that ctx has ended with it does not matter. Joins of s that are under way fail.
func (h *Hub) LeaveAll(ctx context.Context, s Subscriber) {
	if n := h.node.Load(); n != nil {
		n.report(context.WithoutCancel(ctx), n.leaveAll(s.ID())...)
	}
}

// Recheck asks the app again whether s may be in a channel that it is in, because
// the rights of its connection have changed. If not, s leaves, and the error is that
// of [Hub.Join]. It leaves, too, when it would be present as another member now.
//
// left reports whether s is no longer in the channel. A failure of the server, such
// as a Redis that does not answer, is an error without a leave: ask again later.
func (h *Hub) Recheck(ctx context.Context, s Subscriber, name string) (left bool, err error) {
	n := h.node.Load()
	d, j := h.defined.Load().find(name)
	if n == nil || d == nil {
		return true, notSubscribed()
	}
	return n.recheck(ctx, s, d, j)
}

// Broadcast sends a message, which encoding/json must be able to encode, to all
// members of the channel on all nodes. An empty sender is "unknown-sender". The hub
// need not be started.
//
// Nil means that Redis has accepted the message. After an error, Redis may have
// accepted it too, because a reply can be lost: Broadcast never sends twice. The error is an
// *fault.Error, of the types that [Hub.Join] has for names, and
// CONNECTION_SERVER_ERROR when Redis did not answer.
func (h *Hub) Broadcast(ctx context.Context, name string, message any, sender string) error {
	d, _, err := h.find(name)
	if err != nil {
		return err
	}
	data, err := encode(name, message, sender)
	if err != nil {
		return fmt.Errorf("broadcast to %s: %w", name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, h.o.Timeout)
	defer cancel()
	client, keys, err := h.redis(ctx)
	if err != nil {
		return unavailable("The message was not sent", err)
	}
	if err := h.publisher.publish(ctx, client, keys, name, d.History, data); err != nil {
		return unavailable("The message may not have been sent", fmt.Errorf("broadcast to %s: %w", name, err))
	}
	return nil
}

// Notify delivers a message to the subscribers of the channel on this node, and
// nowhere else, without Redis. It is for what concerns this node alone, such as
// a [Gap].
func (h *Hub) Notify(name string, message any, sender string) error {
	if _, _, err := h.find(name); err != nil {
		return err
	}
	data, err := encode(name, message, sender)
	if err != nil {
		return fmt.Errorf("notify %s: %w", name, err)
	}
	m, err := decode(name, data, "")
	if err != nil {
		return fmt.Errorf("notify %s: %w", name, err)
	}
	if n := h.node.Load(); n != nil {
		n.feed.deliver(m)
	}
	return nil
}

// Members returns the presence keys of all members of a channel, on all nodes,
// sorted. Members of a node that died are gone after Options.PresenceTTL.
// Members of a channel that is not defined is empty.
func (h *Hub) Members(ctx context.Context, name string) ([]string, error) {
	if !valid(name) {
		return nil, invalidName()
	}
	if d, _ := h.defined.Load().find(name); d == nil {
		return []string{}, nil // as in Keryx
	}
	ctx, cancel := context.WithTimeout(ctx, h.o.Timeout)
	defer cancel()
	client, keys, err := h.redis(ctx)
	if err != nil {
		return nil, unavailable(membersUnknown, err)
	}
	c := membersScript.call(keys, origin{ttl: h.o.PresenceTTL}, name, "")
	members, err := c.script.Run(ctx, client, c.keys, c.args...).StringSlice()
	if err != nil {
		return nil, unavailable(membersUnknown, fmt.Errorf("members of %s: %w", name, err))
	}
	slices.Sort(members)
	return members, nil
}

// History returns the last messages of a channel that has a [History], n at most and
// oldest first, and the position after them. A page that loads shows them and then
// subscribes after the position, so that no message is missing between.
//
// The position is "" when the channel keeps no history. The errors are those of
// Broadcast.
func (h *Hub) History(ctx context.Context, name string, n int) (messages []*Message, position string, err error) {
	d, _, err := h.find(name)
	if err != nil || !d.History.set {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, h.o.Timeout)
	defer cancel()
	client, keys, err := h.redis(ctx)
	if err != nil {
		return nil, "", unavailable(historyUnknown, err)
	}
	p, err := archive{client, keys}.last(ctx, name, d.History, max(0, n))
	if err != nil {
		return nil, "", unavailable(historyUnknown, fmt.Errorf("history of %s: %w", name, err))
	}
	return p.messages, p.position, nil
}

// redis returns the client for commands, and what a hub has in Redis.
func (h *Hub) redis(ctx context.Context) (goredis.UniversalClient, keyspace, error) {
	client, err := h.o.Redis.Connected()
	if err != nil {
		return nil, keyspace{}, err
	}
	keys, err := h.named.of(ctx, h.o.Redis)
	return client, keys, err
}

// find returns the definition of a channel, and refuses names that cannot be joined.
func (h *Hub) find(name string) (*definition, *Join, error) {
	if !valid(name) {
		return nil, nil, invalidName()
	}
	d, j := h.defined.Load().find(name)
	if d == nil {
		return nil, nil, notFound(name)
	}
	return d, j, nil
}

var _ part.Server = (*Hub)(nil)

// Name returns "channels": the hub is a part of its app.
func (h *Hub) Name() string { return "channels" }

// DependsOn returns the name of the hub's Redis.
func (h *Hub) DependsOn() []string { return []string{h.o.Redis.Name()} }

// Serves returns true: a command needs no channels.
func (h *Hub) Serves() bool { return true }
