package websocket

import (
	"context"
	"errors"
	"fmt"

	"github.com/keryx-go/keryx/session"
)

// Who says which sockets are meant, on all nodes of the app. The zero Who means none.
type Who struct{ kind, value, argument string }

// The kinds of Who, as they are stored.
const (
	bySubject   = "subject"
	bySession   = "session"
	byPredicate = "predicate"
)

// Subject means the sockets of a user or client, whose [auth.Identity] has the subject:
// also those whose session has ended lately. Anonymous callers have no subject.
func Subject(subject string) Who {
	if subject == "" {
		return Who{}
	}
	return Who{kind: bySubject, value: subject}
}

// Session means the sockets of a session, also when it has ended. No id means none.
func Session(id string) Who {
	if id == "" {
		return Who{}
	}
	return Who{kind: bySession, value: session.Digest(id)}
}

// Matching means the sockets for which the predicate of that name, which
// [Server.Predicate] has defined, returns true for an argument.
func Matching(predicate, argument string) Who {
	return Who{kind: byPredicate, value: predicate, argument: argument}
}

// Predicate reports whether the socket in ctx is meant. It is called for each open socket
// of a node: ctx carries the socket's connection and identity, as in an action. It must
// not call the server.
type Predicate func(ctx context.Context, argument string) bool

// errUnknown is the error of an order that a node does not know how to carry out: another
// version of the app has given it.
var errUnknown = errors.New("what the order says is unknown")

var errNoIdentities = errors.New("the server needs Options.Auth and Options.Redis to know whose its sockets are")

// among returns those of some sockets that are meant.
func (w Who) among(ctx context.Context, all []*socket, o *Options, predicates map[string]Predicate) ([]*socket, error) {
	if len(all) == 0 || w.kind == "" {
		return nil, nil
	}
	var meant func(context.Context) bool
	switch w.kind {
	case bySubject:
		connected, err := o.Auth.Connected(ctx, w.value)
		if err != nil {
			return nil, err
		}
		meant = connected
	case bySession:
		meant = func(ctx context.Context) bool { return session.Digest(session.From(ctx).ID(ctx)) == w.value }
	case byPredicate:
		predicate := predicates[w.value]
		if predicate == nil {
			return nil, w.unknown()
		}
		meant = func(ctx context.Context) bool { return predicate(ctx, w.argument) }
	default:
		return nil, fmt.Errorf("%w: sockets by %q", errUnknown, w.kind)
	}
	var some []*socket
	for _, k := range all {
		if meant(o.Attach(k.ctx)) {
			some = append(some, k)
		}
	}
	return some, nil
}

func (w Who) unknown() error {
	return fmt.Errorf("%w: there is no predicate %q; define it with Predicate before the app starts", errUnknown, w.value)
}
