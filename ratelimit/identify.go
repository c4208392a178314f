package ratelimit

import (
	"context"
	"net/http"

	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

const userPrefix, addressPrefix = "user:", "ip:"

// Identify returns the identifier that is counted unless a rule says otherwise:
// "user:" and the subject of the caller's identity (package auth), whatever proved
// it, or "ip:" and the caller's address, also for a caller whose token proves nothing.
// It is "" for callers that have neither, such as the command line.
//
// The address is that of the connection, which is the one of a header only where
// the request came from one of WEB_SERVER_TRUSTED_PROXIES.
func Identify(ctx context.Context) (string, error) {
	i, err := auth.From(ctx)
	switch f, ok := fault.As(err); {
	case ok && f.HTTPStatus() < http.StatusInternalServerError: // who guesses tokens is counted
	case err != nil:
		return "", err
	case i != nil:
		return userPrefix + i.Subject, nil
	}
	if address := connection.From(ctx).RemoteAddr; address != "" {
		return addressPrefix + address, nil
	}
	return "", nil
}
