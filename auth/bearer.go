package auth

import (
	"context"
	"strings"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// Bearer returns an authenticator for tokens in the header Authorization, as in RFC
// 6750: "Authorization: Bearer <token>". check returns the identity that a token
// proves, and nil for a token that proves nothing. An error of it that is no
// [fault.Error] is a failure of the server, and not of the caller. The identity becomes
// Explicit, and its Via [ViaBearer] when it is empty.
//
// Look a token up by a hash of it, and do not keep the token itself.
func Bearer(check func(ctx context.Context, token string) (*Identity, error)) Authenticator {
	return bearer(check)
}

type bearer func(ctx context.Context, token string) (*Identity, error)

var errInvalidToken = fault.Unauthorized("The token is invalid")

// Challenge returns "Bearer".
func (b bearer) Challenge() string { return "Bearer" }

// Authenticate implements [Authenticator].
func (b bearer) Authenticate(ctx context.Context, c *connection.Connection) (*Identity, error) {
	token, presented := bearerToken(c.Header.Values("Authorization"))
	if !presented {
		return nil, nil
	}
	if token == "" {
		return nil, errInvalidToken
	}
	found, err := b(ctx, token)
	switch {
	case err != nil:
		if f, ok := fault.As(err); ok {
			return nil, f
		}
		return nil, fault.Internal(err)
	case found == nil || found.Subject == "":
		return nil, errInvalidToken
	}
	i := *found
	i.Explicit = true
	if i.Via == "" {
		i.Via = ViaBearer
	}
	return &i, nil
}

// bearerToken returns the token of the headers, and reports whether there is a
// Bearer credential at all. The token is "" when it cannot be one.
func bearerToken(headers []string) (token string, presented bool) {
	for _, header := range headers {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			continue
		}
		if presented { // which of them counts?
			return "", true
		}
		token, presented = strings.Trim(rest, " "), true
	}
	if !isToken(token) {
		return "", presented
	}
	return token, presented
}

// maxToken bounds the length of a token, in bytes.
const maxToken = 4096

// isToken reports whether text is a b64token of RFC 6750.
func isToken(text string) bool {
	body := strings.TrimRight(text, "=")
	return body != "" && len(text) <= maxToken && !strings.ContainsFunc(body, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune("-._~+/", r)
	})
}
