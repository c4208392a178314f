package auth

import (
	"context"

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

var errExpired = fault.Unauthorized("The token has expired")

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
