package channel

import (
	"context"

	goredis "github.com/redis/go-redis/v9"
)

// publisher sends messages with the client for commands.
type publisher struct{ moves moves }

// publish sends once, and never to a server that has become a replica.
func (p *publisher) publish(ctx context.Context, client goredis.UniversalClient, keys keyspace, name string, h History, data []byte) error {
	if h.set {
		return keepOne(ctx, client, keys, name, h, data)
	}
	if p.moves.begin() {
		defer p.moves.end()
		return publish(ctx, client, keys, name, data)
	}
	if single, ok := client.(*goredis.Client); ok {
		return publishToMaster(ctx, single, keys, name, data)
	}
	return publish(ctx, client, keys, name, data)
}

// publish sends once. In a cluster it goes to the node that has the channel's
// presence: messages that enter at different nodes may overtake each other.
func publish(ctx context.Context, client goredis.UniversalClient, keys keyspace, name string, data []byte) error {
	cmd := &once{goredis.NewIntCmd(ctx, keys.publishing(), keys.topic(name), data)}
	cluster, ok := client.(*goredis.ClusterClient)
	if !ok || keys.sharded {
		return reloading(ctx, client, client.Process(ctx, cmd)) // a sharded topic has a slot, which the client knows
	}
	master, err := cluster.MasterForKey(ctx, keys.members(name))
	if err != nil {
		return err
	}
	return reloading(ctx, client, master.Process(ctx, cmd))
}

// reloading returns err. If there is one, a client of a cluster learns anew which masters
// there are.
func reloading(ctx context.Context, client goredis.UniversalClient, err error) error {
	if cluster, ok := client.(*goredis.ClusterClient); ok && err != nil {
		cluster.ReloadState(ctx)
	}
	return err
}

// keepOne sends a message that is kept. A replica refuses it by itself.
func keepOne(ctx context.Context, client goredis.UniversalClient, keys keyspace, name string, h History, data []byte) error {
	return reloading(ctx, client, archive{client, keys}.keep(ctx, name, h, data))
}

// once is a command that the client must not repeat when the reply is lost:
// all members would get the message twice.
type once struct{ *goredis.IntCmd }

// NoRetry implements the interface of go-redis.
func (*once) NoRetry() bool { return true }
