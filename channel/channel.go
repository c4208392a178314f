// Package channel carries messages to all members of a channel, on every
// node of an app, and knows its members.
//
// An app defines channels with [Hub.Handle]. A transport lets its connections
// in and out with [Hub.Join] and [Hub.Leave]; each is a [Subscriber]. Any caller
// sends with [Hub.Broadcast] and asks with [Hub.Members]. Between nodes, messages
// go over Redis' PUBLISH and SUBSCRIBE: each arrives at most once, in the same
// order everywhere, and a node that may have missed some says so ([Hub.OnGap]).
//
// A channel with a [History] keeps its last messages in Redis. A node then reads what it
// has missed, and so does a subscriber that comes back with [Hub.JoinAfter].
package channel

import (
	"context"
	"reflect"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/part"
)

// Channel defines a channel, or with placeholders in its name many of them.
type Channel struct {
	// Name is what clients subscribe to: "messages". In "room:{room}" the
	// placeholder stands for one or more characters other than ':'; between
	// two colons there may be one placeholder, with text around it. A name
	// without placeholders beats one with.
	Name string

	// Description is one line for lists and documents.
	Description string

	// Guards are middleware of actions that lets a subscriber in or refuses it, outermost
	// first: auth.Require, say, or what a group of actions has. They run before
	// Middleware and Authorize, which get the context that they pass on. What a
	// placeholder of Name stands for is the path value of its name. The rights of a
	// subscriber are asked for again when its session ends: a limit of rates is no guard.
	Guards []action.Middleware

	// Sends is the type of the messages that are broadcast, for documents:
	// reflect.TypeFor[Message](). Nil: it is not said.
	Sends reflect.Type

	// History says which messages Redis keeps, for subscribers that come back (see
	// [Hub.JoinAfter]) and for [Hub.History]. The zero History keeps none; see [Last].
	History History

	// Middleware wraps Authorize, outermost first.
	Middleware []Middleware

	// Authorize decides whether a subscriber may join: nil is yes. An *fault.Error is sent to
	// the client as it is, any other error becomes a
	// CONNECTION_CHANNEL_AUTHORIZATION. A nil Authorize allows every socket that
	// Guards and Middleware let in.
	Authorize func(ctx context.Context, j *Join) error

	// PresenceKey says as whom a connection is present: connections with the
	// same key are one member. Nil, and "", mean the connection's id. The key
	// is UTF-8 of up to 512 bytes and is sent to all members of the channel.
	PresenceKey func(ctx context.Context, j *Join) (string, error)

	// Left, if set, is called when a connection has left, by itself or because
	// it is gone or the server stops.
	Left func(ctx context.Context, j *Join)
}

// Join is one connection joining one channel.
type Join struct {
	// Channel is the definition. It must not be changed.
	Channel *Channel
	// Name is the name that the client asked for: "room:7".
	Name string
	// Params holds what the placeholders stand for: {"room": "7"}. It is nil
	// when there are none.
	Params map[string]string
}

// Handler decides whether a connection may join: nil is yes.
type Handler func(ctx context.Context, j *Join) error

// Middleware wraps the decision. It may decide by itself, without calling
// next, and it may overrule what next returns.
type Middleware func(next Handler) Handler

// Open reports whether every socket may join the channel: nothing asks who is calling, and
// nothing decides by other means.
func (c *Channel) Open() bool {
	return c.Authorize == nil && len(c.Middleware) == 0 && !action.Known(newGuarded(*c, allowAll).external.Guards())
}

// Placeholders returns the names of the placeholders of Name, in their order.
func (c *Channel) Placeholders() []string {
	segments, err := parse(c.Name)
	if err != nil {
		return nil
	}
	var names []string
	for _, s := range segments {
		if s.open() {
			names = append(names, s.param)
		}
	}
	return names
}

// Subscriber is a connection that can be in channels.
type Subscriber interface {
	// ID names the connection among those of all nodes. It never changes.
	ID() string

	// Deliver takes a message that is to be sent. It must return at once and
	// must not call the hub: what has to wait, such as a slow connection, is
	// the subscriber's own business. It is safe for concurrent use.
	Deliver(m *Message)
}

// Provider is a [part.Part] that defines channels.
type Provider interface {
	part.Part
	// Channels returns the channels of the part.
	Channels() []Channel
}
