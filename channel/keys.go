package channel

import (
	"strconv"

	goredis "github.com/redis/go-redis/v9"
)

// keyspace names what a hub has in Redis. Two of the keys are Keryx's, for its
// readers and people's: presence:<channel>, the set of presence keys, and
// presence:<channel>:<key>, the set of that member's connections. They cannot
// be what we decide by, since the second of one channel may have the name of
// the first of another. Ours have a slash, which no channel's name has.
//
// Everything of a channel is touched by one script, so in a cluster it has to
// share a slot: there the name of the channel is in braces.
type keyspace struct {
	tagged bool   // in a cluster
	topics string // what topics begin with
}

// keysOf returns the names for what a client leads to. Databases have keys of
// their own but share topics, so these name the database.
func keysOf(client goredis.UniversalClient) keyspace {
	switch c := client.(type) {
	case *goredis.ClusterClient:
		return keyspace{true, "keryx:0:channel:"}
	case *goredis.Client:
		if db := c.Options().DB; db != 0 {
			return keyspace{false, "keryx:" + strconv.Itoa(db) + ":channel:"}
		}
	}
	return keyspace{false, "keryx:0:channel:"}
}

// topic is what Redis calls a channel.
func (k keyspace) topic(name string) string { return k.topics + name }

// control is a topic of a connection's own. It has a slash as well.
func (k keyspace) control(id string) string { return k.topics + "/" + id }

// proofs is the topic of the proofs of all nodes, unless they have one each.
func (k keyspace) proofs() string { return k.control("proof") }

// members is the set of presence keys, connections what those of their
// connections begin with.
func (k keyspace) members(name string) string     { return "presence:" + k.tag(name) }
func (k keyspace) connections(name string) string { return k.members(name) + ":" }

// nodes is a sorted set: the nodes that have a subscriber in the channel, by the
// time at which they count as dead unless they renew it.
func (k keyspace) nodes(name string) string { return "keryx:presence:" + k.tag(name) }

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
func (k keyspace) history(name string) string      { return "keryx:history:" + k.tag(name) }
func (k keyspace) lastPosition(name string) string { return k.history(name) + "/last" }

func (k keyspace) tag(name string) string {
	if k.tagged {
		return "{" + name + "}"
	}
	return name
}
