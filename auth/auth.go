// Package auth knows who is calling, and guards actions by it.
//
//	api := keryx.New(keryx.Options{Authenticators: []auth.Authenticator{auth.Bearer(checkKey)}})
//	members := api.Group(auth.Require)
//	writers := members.Group(auth.RequireScope("orders:write"))
//
// An [Identity] is proved by the session of a cookie (package session) or by an
// [Authenticator] of the app's own, such as an API key in the header Authorization.
// [From] returns it, to actions, channels, streams and mounted handlers alike, and
// finds it out when it is asked for the first time.
//
// A token that a caller presents and that does not prove an identity is refused with
// 401, also on actions that ask for none: it is never an anonymous call. A session
// is never taken from a token, nor a token from a cookie.
package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/session"
)

// Identity is who is calling, and what they may do.
type Identity struct {
	// Subject is the id of the user or client, as text. It is never empty.
	Subject string
	// Scopes are what a token was granted. They do not limit an identity with
	// AllScopes, which a session has.
	Scopes    []string
	AllScopes bool
	// Roles are those of the subject: of a session the field "roles" of its data.
	Roles []string
	// Via says what proved the identity: [ViaSession], [ViaBearer], or the name that
	// an Authenticator uses.
	Via string
	// Explicit reports that the credentials were put into the request on purpose, such
	// as a token in the header Authorization. A browser adds cookies, certificates and
	// passwords of Basic by itself, also to requests that other sites cause: without
	// Explicit, package csrf asks for its token. [Bearer] sets it.
	Explicit bool
	// Expires is when the identity ends. Zero: with its session, or with the
	// connection.
	Expires time.Time
}

// What proves an identity; see [Identity].
const (
	ViaSession = "session"
	ViaBearer  = "bearer"
)

// HasScope reports whether the identity may do what the scope allows.
func (i *Identity) HasScope(scope string) bool {
	return i.AllScopes || slices.Contains(i.Scopes, scope)
}

// HasRole reports whether the subject has one of the roles.
func (i *Identity) HasRole(roles ...string) bool {
	return slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(i.Roles, role) })
}

// Authenticator proves who is calling by something other than a session.
type Authenticator interface {
	// Authenticate returns the identity that the connection proves, and nil when it
	// has no credentials of the authenticator's kind. Credentials that prove nothing
	// are an error, usually [fault.Unauthorized]. It is called once for an HTTP
	// request, and once for a WebSocket. To what it calls itself with ctx, a caller
	// without a session is anonymous.
	Authenticate(ctx context.Context, c *connection.Connection) (*Identity, error)
	// Challenge is the header WWW-Authenticate of a 401, such as "Bearer", or "".
	Challenge() string
}

// Options configure [New].
type Options struct {
	// Sessions are asked first. Required.
	Sessions *session.Store
	// Authenticators are asked in their order for a caller without a session that is
	// logged in.
	Authenticators []Authenticator
}

// Auth finds out who is calling. It is safe for concurrent use.
type Auth struct{ options Options }

// New returns an Auth.
func New(o Options) *Auth { return &Auth{o} }

type (
	authKey     struct{} // *Auth
	identityKey struct{} // *Identity, of With
	provedKey   struct{ *Auth }
	provingKey  struct{ *Auth } // of the context of its authenticators
)

// Attach returns a copy of ctx whose identity [From] returns: that of the connection
// in ctx. A transport calls it for each request, message or command.
func (a *Auth) Attach(ctx context.Context) context.Context {
	ctx = a.options.Sessions.Attach(ctx)
	if len(a.options.Authenticators) > 0 {
		ctx = context.WithValue(ctx, authKey{}, a)
	}
	return ctx
}

// With returns a copy of ctx in which i is calling: for tests, and for code that acts
// for a user outside of a request.
func With(ctx context.Context, i *Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, i)
}

// From returns who is calling, and nil for an anonymous caller. The error means that
// it cannot be known, as when Redis does not answer, or that the caller's token
// proves nothing. The identity must not be changed.
func From(ctx context.Context) (*Identity, error) {
	if i, ok := ctx.Value(identityKey{}).(*Identity); ok {
		return i, nil
	}
	record, err := session.From(ctx).Load(ctx)
	if err != nil && !errors.Is(err, session.ErrNoStore) {
		return nil, err
	}
	if record != nil {
		if subject := record.UserID(); subject != "" {
			return &Identity{Subject: subject, AllScopes: true, Roles: record.Roles(), Via: ViaSession}, nil
		}
	}
	if a, ok := ctx.Value(authKey{}).(*Auth); ok {
		return a.prove(ctx)
	}
	return nil, nil
}

// Check returns the error of a token that proves nothing. It asks the authenticators
// only, so it costs a caller without a token nothing.
func (a *Auth) Check(ctx context.Context) error {
	_, err := a.prove(ctx)
	return err
}

// Middleware refuses callers whose token proves nothing. An app puts it around all
// actions when it has authenticators.
func (a *Auth) Middleware(next action.Handler) action.Handler {
	return func(ctx context.Context, call *action.Call) (any, error) {
		if _, known := ctx.Value(identityKey{}).(*Identity); !known {
			if err := a.Check(ctx); err != nil {
				return nil, err
			}
		}
		return next(ctx, call)
	}
}

var _ action.Middleware = (*Auth)(nil).Middleware
