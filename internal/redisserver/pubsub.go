package redisserver

import (
	"slices"
	"strings"

	"github.com/keryx-go/keryx/internal/redisserver/glob"
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// subscriberCommands are those that a subscriber may send in version 2.
var subscriberCommands = []string{
	"subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe", "ping", "quit", "reset",
}

// audience is the kind of a subscription: to a channel, a pattern, or a channel
// of a shard.
type audience int

const (
	toChannel audience = iota
	toPattern
	toShard
)

// prefixes are what the names of the commands and of the messages begin with.
var prefixes = [...]string{"", "p", "s"}

// hub holds the subscriptions of all clients. The command lock guards it.
type hub struct {
	subscribers [3]map[string]map[*client]bool
	names       map[*client]*[3]map[string]bool
}

func newHub() *hub {
	h := &hub{names: map[*client]*[3]map[string]bool{}}
	for kind := range h.subscribers {
		h.subscribers[kind] = map[string]map[*client]bool{}
	}
	return h
}

// count returns the number of a client's subscriptions.
func (h *hub) count(c *client) int {
	n := 0
	if names := h.names[c]; names != nil {
		for _, of := range names {
			n += len(of)
		}
	}
	return n
}

// reported returns the number that a reply says: that of channels and patterns,
// or that of channels of shards.
func (h *hub) reported(c *client, kind audience) int {
	names := h.names[c]
	switch {
	case names == nil:
		return 0
	case kind == toShard:
		return len(names[toShard])
	}
	return len(names[toChannel]) + len(names[toPattern])
}

func (h *hub) join(c *client, kind audience, name string) {
	if h.names[c] == nil {
		h.names[c] = &[3]map[string]bool{{}, {}, {}}
	}
	h.names[c][kind][name] = true
	if h.subscribers[kind][name] == nil {
		h.subscribers[kind][name] = map[*client]bool{}
	}
	h.subscribers[kind][name][c] = true
}

func (h *hub) part(c *client, kind audience, name string) {
	if names := h.names[c]; names != nil {
		delete(names[kind], name)
	}
	delete(h.subscribers[kind][name], c)
	if len(h.subscribers[kind][name]) == 0 {
		delete(h.subscribers[kind], name)
	}
	if h.count(c) == 0 {
		delete(h.names, c)
	}
}

// leave ends all subscriptions of a client.
func (h *hub) leave(c *client) {
	for kind := range h.subscribers {
		for _, name := range h.of(c, audience(kind)) {
			h.part(c, audience(kind), name)
		}
	}
}

// of returns what a client is subscribed to, sorted.
func (h *hub) of(c *client, kind audience) []string {
	var names []string
	if all := h.names[c]; all != nil {
		for name := range all[kind] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// send sends a message to the subscribers of a channel and returns how many
// they are.
func (h *hub) send(kind audience, channel, message string) int {
	n := 0
	deliver := func(to map[*client]bool, items ...resp.Value) {
		for c := range to {
			c.out.push(resp.Value{Kind: resp.Push, Items: items}.Append(nil, c.session.version))
			n++
		}
	}
	deliver(h.subscribers[kind][channel], resp.Of(prefixes[kind]+"message"), resp.Of(channel), resp.Of(message))
	if kind != toChannel {
		return n
	}
	for pattern, to := range h.subscribers[toPattern] {
		if glob.Match(pattern, channel) {
			deliver(to, resp.Of("pmessage"), resp.Of(pattern), resp.Of(channel), resp.Of(message))
		}
	}
	return n
}

// channels returns the names that have subscribers and match a pattern, sorted.
func (h *hub) channels(kind audience, pattern string) []string {
	names := []string{}
	for name := range h.subscribers[kind] {
		if glob.Match(pattern, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func subscribe(kind audience) handler {
	return func(s *session, args []string) resp.Value {
		if s.atomic && s.version < 3 {
			return resp.Err("ERR SUBSCRIBE isn't allowed for a DENY BLOCKING client")
		}
		var replies []byte
		for _, name := range args[1:] {
			s.srv.hub.join(s.client, kind, name)
			replies = appendSubscription(s, replies, args[0], resp.Of(name), kind)
		}
		return resp.Encoded(replies)
	}
}

func unsubscribe(kind audience) handler {
	return func(s *session, args []string) resp.Value {
		names := args[1:]
		if len(names) == 0 {
			names = s.srv.hub.of(s.client, kind)
		}
		var replies []byte
		for _, name := range names {
			s.srv.hub.part(s.client, kind, name)
			replies = appendSubscription(s, replies, args[0], resp.Of(name), kind)
		}
		if len(names) == 0 {
			replies = appendSubscription(s, nil, args[0], resp.Nil(), kind)
		}
		return resp.Encoded(replies)
	}
}

// appendSubscription appends the reply to one name of a (un)subscription.
func appendSubscription(s *session, b []byte, command string, name resp.Value, kind audience) []byte {
	n := resp.Count(s.srv.hub.reported(s.client, kind))
	return resp.Value{Kind: resp.Push, Items: []resp.Value{resp.Of(command), name, n}}.Append(b, s.version)
}

func publish(kind audience) handler {
	return func(s *session, args []string) resp.Value { return resp.Count(s.srv.hub.send(kind, args[1], args[2])) }
}

func pubsub(s *session, args []string) resp.Value {
	kind := toChannel
	sub := fold(args[1])
	if rest, shard := strings.CutPrefix(sub, "shard"); shard {
		kind, sub = toShard, rest
	}
	switch sub {
	case "channels":
		pattern := "*"
		if len(args) > 2 {
			pattern = args[2]
		}
		return resp.Strings(s.srv.hub.channels(kind, pattern))
	case "numsub":
		reply := resp.List()
		for _, name := range args[2:] {
			reply.Items = append(reply.Items, resp.Of(name), resp.Count(len(s.srv.hub.subscribers[kind][name])))
		}
		return reply
	case "numpat":
		return resp.Count(len(s.srv.hub.subscribers[toPattern]))
	}
	return help("PUBSUB")
}
