package channel

import (
	"context"
	"strconv"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/redis"
)

// keyspace names what a hub has in Redis. Two of the keys are Keryx's, for its
// readers and people's: presence:<channel>, the set of presence keys, and
// presence:<channel>:<key>, the set of that member's connections. They cannot
// be what we decide by, since the second of one channel may have the name of
// the first of another. Ours have a slash, which no channel's name has.
//
// Everything of a channel is touched by one script, so in a cluster it has to
// share a slot: there the name of the channel is in braces. So is that of a topic if
// topics are sharded. Neither the prefix nor the name of a channel can have braces.
type keyspace struct {
	prefix  string // of all names, see [redis.Options]
	tagged  bool   // in a cluster
	sharded bool   // SPUBLISH and SSUBSCRIBE, see shards
	topics  string // what topics begin with
}

// keysOf returns the names for what connections lead to. Databases have keys of
// their own but share topics, so these name the database.
func keysOf(r *redis.Connections) keyspace {
	db := 0
	if c, ok := r.Client.(*goredis.Client); ok {
		db = c.Options().DB
	}
	_, cluster := r.Client.(*goredis.ClusterClient)
	return keyspace{prefix: r.Key(""), tagged: cluster, topics: r.Key("keryx:" + strconv.Itoa(db) + ":channel:")}
}

// naming remembers the keyspace of a client.
type naming struct{ last atomic.Pointer[namedKeys] }

type namedKeys struct {
	client goredis.UniversalClient
	keys   keyspace
}

// of returns what a hub has in the Redis that connections lead to. The first call for a
// cluster asks its masters whether they know sharded topics, which all nodes of an app have
// to agree on.
func (n *naming) of(ctx context.Context, r *redis.Connections) (keyspace, error) {
	if last := n.last.Load(); last != nil && last.client == r.Client {
		return last.keys, nil
	}
	keys := keysOf(r)
	if cluster, ok := r.Client.(*goredis.ClusterClient); ok {
		var err error
		if keys.sharded, err = canShard(ctx, cluster); err != nil {
			return keyspace{}, err
		}
	}
	n.last.Store(&namedKeys{r.Client, keys})
	return keys, nil
}

// bus reports whether messages travel between the nodes of a cluster.
func (k keyspace) bus() bool { return k.tagged && !k.sharded }

// topic is what Redis calls a channel.
func (k keyspace) topic(name string) string {
	if k.sharded {
		return k.topics + "{" + name + "}"
	}
	return k.topics + name
}

// control is a topic of a connection's own. It has a slash as well.
func (k keyspace) control(id string) string {
	if k.sharded {
		return k.topics + "/{" + id + "}"
	}
	return k.topics + "/" + id
}

// publishing is the command that sends a message.
func (k keyspace) publishing() string {
	if k.sharded {
		return "spublish"
	}
	return "publish"
}

// nobody is a key that is never there, on the server that has a topic.
func (k keyspace) nobody(topic string) string {
	if k.sharded {
		return topic // topics are no keys
	}
	return k.nodes("/")
}

// proofs is the topic of the proofs of all nodes, unless they have one each.
func (k keyspace) proofs() string { return k.control("proof") }

// members is the set of presence keys, connections what those of their
// connections begin with.
func (k keyspace) members(name string) string     { return k.prefix + "presence:" + k.tag(name) }
func (k keyspace) connections(name string) string { return k.members(name) + ":" }

// nodes is a sorted set: the nodes that have a subscriber in the channel, by the
// time at which they count as dead unless they renew it.
func (k keyspace) nodes(name string) string {
	return k.prefix + "keryx:presence:" + k.tag(name)
}

// claims is a hash of what one node says: connection to presence key. Followed
// by "/keys" it is a hash of presence key to number of connections.
func (k keyspace) claims(name, node string) string { return k.nodes(name) + "/" + node }

// present is a sorted set: the members that have been announced, by the time at which
// those leave that no node claims. The others have a time that never comes. life is a hash: what Redis
// knows since when.
func (k keyspace) present(name string) string { return k.nodes(name) + "/present" }
func (k keyspace) life(name string) string    { return k.nodes(name) + "/life" }

// history is a stream: the messages that a channel keeps. lastPosition is a string: the
// position of the last one.
func (k keyspace) history(name string) string {
	return k.prefix + "keryx:history:" + k.tag(name)
}
func (k keyspace) lastPosition(name string) string { return k.history(name) + "/last" }

func (k keyspace) tag(name string) string {
	if k.tagged {
		return "{" + name + "}"
	}
	return name
}
