package auth

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// proof is what the authenticators said about a connection. It is kept with the
// connection, so a WebSocket is what its upgrade has proved.
type proof struct {
	lock     chan struct{} // a mutex that a context leaves: authenticators may take long
	done     bool
	identity *Identity
	err      error
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

var errExpired = fault.Unauthorized("The token has expired")

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

// demand sets the challenge of a reply that refuses the caller of ctx, if there is
// one.
func demand(ctx context.Context, parameter string) {
	a, ok := ctx.Value(authKey{}).(*Auth)
	if !ok {
		return
	}
	if challenge := a.challenge(parameter); challenge != "" {
		connection.From(ctx).SetReply("WWW-Authenticate", challenge)
	}
}
