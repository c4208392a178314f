package action

import (
	"errors"
	"fmt"
	"slices"

	"github.com/keryx-go/keryx/connection"
)

// transports are what an action may be reached over, in the order of lists.
var transports = []string{connection.Web, connection.WebSocket, connection.CLI}

// reachOf returns the transports that reach an action. A client names any action
// it likes over a WebSocket, so one without a route is closed to sockets unless
// Only opens it.
func reachOf(a Action) ([]string, error) {
	switch {
	case a.Internal && !a.Web.IsZero():
		return nil, fmt.Errorf("it is Internal and has the route %s; remove one of them", a.Web)
	case a.Internal && slices.ContainsFunc(a.Only, func(t string) bool { return t != connection.CLI }):
		return nil, fmt.Errorf("it is Internal and its Only names %q; remove one of them", a.Only)
	case a.Only != nil:
		return reachOnly(a)
	case a.Web.IsZero():
		return []string{connection.CLI}, nil
	}
	return transports, nil
}

func reachOnly(a Action) ([]string, error) {
	if len(a.Only) == 0 {
		return nil, errors.New("its Only is empty; name a transport in it, or leave it out")
	}
	for i, t := range a.Only {
		switch {
		case t == connection.Internal:
			return nil, fmt.Errorf("its Only names %q, but Go code reaches every action; leave it out", t)
		case !slices.Contains(transports, t):
			return nil, fmt.Errorf("its Only names %q, which is no transport; those are %q", t, transports)
		case slices.Contains(a.Only[:i], t):
			return nil, fmt.Errorf("its Only names %q twice", t)
		case t == connection.Web && a.Web.IsZero():
			return nil, fmt.Errorf("its Only names %q, but the action has no route; set Web, or leave %[1]q out", t)
		}
	}
	return slices.DeleteFunc(slices.Clone(transports), func(t string) bool { return !slices.Contains(a.Only, t) }), nil
}
