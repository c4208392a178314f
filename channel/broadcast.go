package channel

import (
	"context"
	"fmt"
	"slices"

	goredis "github.com/redis/go-redis/v9"
)

// Broadcast sends a message, which encoding/json must be able to encode, to all
// members of the channel on all nodes. An empty sender is "unknown-sender". The hub
// need not be started.
//
// Nil means that Redis has accepted the message. After an error, Redis may have
// accepted it too, because a reply can be lost: Broadcast never sends twice. The error is an
// *fault.Error, of the types that [Hub.Join] has for names, and
// CONNECTION_SERVER_ERROR when Redis did not answer.
func (h *Hub) Broadcast(ctx context.Context, name string, message any, sender string) error {
	if err := h.check(name); err != nil {
		return err
	}
	data, err := encode(name, message, sender)
	if err != nil {
		return fmt.Errorf("broadcast to %s: %w", name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, h.o.Timeout)
	defer cancel()
	client, err := h.o.Redis.Connected()
	if err != nil {
		return unavailable("The message was not sent", err)
	}
	if err := h.publish(ctx, client, name, data); err != nil {
		return unavailable("The message may not have been sent", fmt.Errorf("broadcast to %s: %w", name, err))
	}
	return nil
}

// Notify delivers a message to those who are in the channel on this node, and
// nowhere else, without Redis. It is for what concerns this node alone, such as
// a [Gap].
func (h *Hub) Notify(name string, message any, sender string) error {
	if err := h.check(name); err != nil {
		return err
	}
	data, err := encode(name, message, sender)
	if err != nil {
		return fmt.Errorf("notify %s: %w", name, err)
	}
	m, err := decode(name, data)
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
	client, err := h.o.Redis.Connected()
	if err != nil {
		return nil, unavailable(membersUnknown, err)
	}
	c := membersScript.call(keysOf(client), name, "", h.o.PresenceTTL)
	members, err := c.script.Run(ctx, client, c.keys, c.args...).StringSlice()
	if err != nil {
		return nil, unavailable(membersUnknown, fmt.Errorf("members of %s: %w", name, err))
	}
	slices.Sort(members)
	return members, nil
}

const membersUnknown = "The members are not known at the moment"

// check refuses names of channels that cannot be joined.
func (h *Hub) check(name string) error {
	if !valid(name) {
		return invalidName()
	}
	if d, _ := h.defined.Load().find(name); d == nil {
		return notFound(name)
	}
	return nil
}

// publish sends once, and never to a server that has become a replica.
func (h *Hub) publish(ctx context.Context, client goredis.UniversalClient, name string, data []byte) error {
	if h.moves.begin() {
		defer h.moves.end()
		return publish(ctx, client, name, data)
	}
	if single, ok := client.(*goredis.Client); ok {
		return publishToMaster(ctx, single, name, data)
	}
	return publish(ctx, client, name, data)
}

// publish sends once. In a cluster it goes to the node that has the channel's
// presence: messages that enter at different nodes may overtake each other.
func publish(ctx context.Context, client goredis.UniversalClient, name string, data []byte) error {
	keys := keysOf(client)
	cmd := &once{goredis.NewIntCmd(ctx, "publish", keys.topic(name), data)}
	cluster, ok := client.(*goredis.ClusterClient)
	if !ok {
		return client.Process(ctx, cmd)
	}
	master, err := cluster.MasterForKey(ctx, keys.members(name))
	if err != nil {
		return err
	}
	if err := master.Process(ctx, cmd); err != nil {
		cluster.ReloadState(ctx)
		return err
	}
	return nil
}

// once is a command that the client must not repeat when the reply is lost:
// all members would get the message twice.
type once struct{ *goredis.IntCmd }

// NoRetry implements the interface of go-redis.
func (*once) NoRetry() bool { return true }
