package auth

import (
	"context"
	"slices"
	"time"

	"github.com/keryx-go/keryx/session"
)

// Claim is what the rights of a connection rest on: a session, or a token with an
// end. Claims can be compared. The zero Claim is that of an anonymous connection.
type Claim struct {
	session string
	expires time.Time
}

// Claim returns that of the connection of ctx at the moment, or, when ctx was used to
// find out who is calling, what that was found from. It makes no request.
func (a *Auth) Claim(ctx context.Context) Claim {
	c := Claim{session: session.From(ctx).ID(ctx)}
	if i, err := a.prove(ctx); err == nil && i != nil {
		c.expires = i.Expires
	}
	return c
}

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
