package ratelimit

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/keryx-go/keryx/action"
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
// Of an IPv6 address its network of 64 bits counts, "ip:2001:db8::/64": one host has that
// many addresses to choose from.
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
	return Address(ctx, nil)
}

// Address is an Identify of a [Rule] that counts by the address of the caller, as [Identify]
// does for anonymous ones, also when the caller is logged in: for a login, so that a guesser
// with an account of its own is limited. It is "" for callers without an address. The
// error is nil.
func Address(ctx context.Context, _ *action.Call) (string, error) {
	address := connection.From(ctx).RemoteAddr
	if address == "" {
		return "", nil
	}
	return addressPrefix + network(address), nil
}

// network returns what counts as one host: an IPv4 address, or 64 bits of an IPv6 one.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
