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
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/session"
)

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

// AttachInternal returns ctx if it comes from a transport, and otherwise a copy of it for
// code that runs outside of requests, such as a test or a ticker: its caller is anonymous,
// or the identity of [With], and its session is in memory, as
// [session.Store.AttachInMemory] has it.
func (a *Auth) AttachInternal(ctx context.Context) context.Context {
	if session.Attached(ctx) {
		return ctx
	}
	ctx = connection.With(ctx, connection.From(ctx)) // one for all that is called with it
	return a.options.Sessions.AttachInMemory(ctx)
}

// With returns a copy of ctx in which i is calling: for tests, and for code that acts
// for a user outside of a request.
func With(ctx context.Context, i *Identity) context.Context {
	connection.From(ctx).SetSubject(i.subject())
	return context.WithValue(ctx, identityKey{}, i)
}

// From returns who is calling, and nil for an anonymous caller. The error means that
// it cannot be known, as when Redis does not answer, or that the caller's token
// proves nothing. The identity must not be changed.
func From(ctx context.Context) (*Identity, error) {
	i, err := find(ctx)
	if err == nil {
		connection.From(ctx).SetSubject(i.subject())
	}
	return i, err
}

// Caller is [From] for code that only callers with an identity reach, such as an action
// behind [Require]: it has no error to handle. It never returns nil. For an anonymous
// caller, and when it cannot be known who is calling, it returns an identity without a
// subject, scopes and roles: it may do nothing.
func Caller(ctx context.Context) *Identity {
	if i, err := From(ctx); err == nil && i != nil {
		return i
	}
	return &Identity{}
}

func find(ctx context.Context) (*Identity, error) {
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
// actions. Without authenticators it returns next.
func (a *Auth) Middleware(next action.Handler) action.Handler {
	if len(a.options.Authenticators) == 0 {
		return next
	}
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

// Claim returns that of the connection of ctx at the moment, or, when ctx was used to
// find out who is calling, what that was found from. It makes no request.
func (a *Auth) Claim(ctx context.Context) Claim {
	c := Claim{session: session.From(ctx).ID(ctx)}
	if i, err := a.prove(ctx); err == nil && i != nil {
		c.expires = i.Expires
	}
	return c
}

// Connected returns a function that reports whether the connection of a context is that
// of a subject: by its session, also if that has ended lately, or by what was proved
// otherwise. The function makes no request for a connection that has proved who it is.
func (a *Auth) Connected(ctx context.Context, subject string) (func(context.Context) bool, error) {
	ids, err := a.options.Sessions.IDs(ctx, subject)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) bool { return a.belongs(ctx, subject, ids) }, nil
}

func (a *Auth) belongs(ctx context.Context, subject string, sessions []string) bool {
	if i, ok := ctx.Value(identityKey{}).(*Identity); ok && i != nil {
		return i.Subject == subject
	}
	if id := session.From(ctx).ID(ctx); id != "" && slices.Contains(sessions, id) {
		return true
	}
	i, err := a.prove(ctx)
	return err == nil && i != nil && i.Subject == subject
}

// OnSessionsEnd adds a function to call with the ids of sessions that have ended or got
// another id: see [session.Store.OnEnd].
func (a *Auth) OnSessionsEnd(f func(ctx context.Context, ids []string)) { a.options.Sessions.OnEnd(f) }

// Ended reports for each claim whether it does not hold any more: its session has
// ended, on whatever node, or its token has. It asks Redis once for all sessions.
// When Redis does not answer, that is the error, and nothing has ended.
func (a *Auth) Ended(ctx context.Context, claims []Claim) ([]bool, error) {
	var ids []string
	for _, c := range claims {
		if c.session != "" {
			ids = append(ids, c.session)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	gone := map[string]bool{}
	if len(ids) > 0 {
		alive, err := a.options.Sessions.Alive(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			gone[id] = !alive[i]
		}
	}
	now := time.Now()
	ended := make([]bool, len(claims))
	for i, c := range claims {
		ended[i] = gone[c.session] || !c.expires.IsZero() && !now.Before(c.expires)
	}
	return ended, nil
}

// prove asks the authenticators who the connection of ctx is. An answer that is not
// about the credentials, such as that of a database that does not answer, is asked
// for again by the next call.
func (a *Auth) prove(ctx context.Context) (*Identity, error) {
	c := connection.From(ctx)
	if c.Header == nil || ctx.Value(provingKey{a}) != nil {
		return nil, nil
	}
	p := c.Value(provedKey{a}, func() any { return &proof{lock: make(chan struct{}, 1)} }).(*proof)
	select {
	case p.lock <- struct{}{}:
		defer func() { <-p.lock }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if !p.done {
		p.identity, p.err = a.ask(context.WithValue(ctx, provingKey{a}, true), c)
		f, ok := fault.As(p.err)
		p.done = p.err == nil || ok && f.HTTPStatus() < http.StatusInternalServerError
	}
	if p.err == nil && p.identity != nil && !p.identity.Expires.IsZero() && !time.Now().Before(p.identity.Expires) {
		p.identity, p.err = nil, errExpired
	}
	if f, ok := fault.As(p.err); ok && f.HTTPStatus() == http.StatusUnauthorized {
		c.SetReply("WWW-Authenticate", a.challenge(`error="invalid_token"`))
	}
	return p.identity, p.err
}

func (a *Auth) ask(ctx context.Context, c *connection.Connection) (*Identity, error) {
	for _, one := range a.options.Authenticators {
		i, err := one.Authenticate(ctx, c)
		if err != nil || i != nil {
			return i, err
		}
	}
	return nil, nil
}

// challenge returns the header WWW-Authenticate: the challenges of the
// authenticators, those by a bearer token with a parameter of RFC 6750.
func (a *Auth) challenge(parameter string) string {
	var all []string
	for _, one := range a.options.Authenticators {
		challenge := one.Challenge()
		if parameter != "" && strings.HasPrefix(challenge, "Bearer") {
			separator := " "
			if challenge != "Bearer" {
				separator = ", "
			}
			challenge += separator + parameter
		}
		if challenge != "" {
			all = append(all, challenge)
		}
	}
	return strings.Join(all, ", ")
}
