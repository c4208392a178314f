package action

import (
	"slices"

	"github.com/keryx-go/keryx/connection"
)

// Open returns the actions that every caller on the network may run: clients reach them over
// HTTP or a WebSocket, and no guard asks who is calling.
func Open(entries []*Entry) []*Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e *Entry) bool {
		reached := e.Reachable(connection.Web) || e.Reachable(connection.WebSocket)
		return !reached || Known(e.Guards())
	})
}

// Known reports whether one of the guards asks who is calling: for a login, a scope, a
// role, or another proof.
func Known(guards []Guard) bool {
	return slices.ContainsFunc(guards, func(g Guard) bool { return g.Login || g.Proof || len(g.Scopes) > 0 || len(g.Roles) > 0 })
}
