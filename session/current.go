package session

import "sync/atomic"

// current is the id of a connection's session: that of its cookie until the
// connection makes, renews or destroys one. A WebSocket's cookie never changes, so
// this is how its later messages find the session that an earlier one has made.
type current struct{ id atomic.Pointer[string] }

// currentKey is a store's, so that two stores do not share a connection's id.
type currentKey struct{ store *Store }

func (c *current) get() string   { return *c.id.Load() }
func (c *current) set(id string) { c.id.Store(&id) }
