// Package session keeps what a server remembers of a caller between requests:
// a record in Redis, found by the id in a cookie.
//
// Sessions are lazy. A transport calls [Store.Attach] for every request, which
// touches nothing; [Data] reads the session, in one round trip; [Update] makes one
// when there is none. A request that never updates leaves nothing in Redis and is
// sent no cookie.
//
//	type account struct {
//		UserID int64 `json:"userId"`
//	}
//	session.Renew(ctx, func(a *account) error { a.UserID = user.ID; return nil }) // log in
//	a, ok, err := session.Data[account](ctx)
//	session.From(ctx).Destroy(ctx) // log out
//
// # Redis
//
// A session is the string at session:<id>, as [Record] has it, with a time to live
// that every load starts anew. It needs Redis 6.2 (GETEX). Only ids that the store
// has made are ever looked up or stored under; an id that a caller makes up
// never becomes a session.
//
// A value at such a key that is no record of that id (another type, broken JSON,
// data that is no object) counts as no session: it is reported to the log, left
// as it is, and never written over. When Redis fails, that is an error, and not a
// caller without a session.
//
// # Errors
//
// An error of this package is a [fault.Error]: a [fault.ConnectionServerError] when
// Redis fails or the stored data does not fit, a [fault.ConnectionSessionNotFound] for
// [ErrGone].
package session

import (
	"context"
	"log/slog"

	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/redis"
)

// Options configure a [Store].
type Options struct {
	// Config are the SESSION_* settings. A TTL of zero, and an empty CookieName or
	// SameSite, have the default of the setting. See [config.Complete].
	Config Settings
	// Redis keeps the sessions. While it is not connected, using a session is an
	// error. Required.
	Redis *redis.Connections
	// Logger is told of stored values that are no sessions. Nil discards that.
	Logger *slog.Logger
}

// Store reads and writes sessions. It is safe for concurrent use.
type Store struct {
	options Options
	cookie  cookie
}

// NewStore returns a store. It needs Redis from the first session on, not before.
func NewStore(o Options) *Store {
	config.Complete(&o.Config)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Store{options: o, cookie: newCookie(o.Config)}
}

type contextKey struct{}

// Attach returns a copy of ctx with the session of its connection, which is not
// loaded before it is asked for. A transport calls it once for each HTTP
// request, each message of a WebSocket, each run of a command: what is loaded
// stays as it is for that long.
func (s *Store) Attach(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, &Session{
		store: s, connection: connection.From(ctx), turn: make(chan struct{}, 1),
	})
}

// From returns the session that ctx carries. It is never nil: without a store
// behind it, every method of the session fails and says so.
func From(ctx context.Context) *Session {
	if s, ok := ctx.Value(contextKey{}).(*Session); ok {
		return s
	}
	return &Session{}
}
