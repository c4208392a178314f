package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/keryx-go/keryx/fault"
)

// pages refuses requests that pages of other origins have a browser send, with the cookies
// of its user or to log the user in as another one.
type pages struct{ protection *http.CrossOriginProtection }

// newPages allows the pages of the origins that are listed. A "*" is about CORS only: what
// all pages may read, not all pages may change.
func newPages(c Settings) pages {
	if !c.CrossOriginProtection {
		return pages{}
	}
	p := http.NewCrossOriginProtection()
	origins := c.AllowedOrigins
	if u, err := url.Parse(c.ApplicationURL); err == nil && u.Host != "" {
		origins = append(origins[:len(origins):len(origins)], u.Scheme+"://"+u.Host)
	}
	for _, origin := range origins {
		if origin == "*" {
			continue
		}
		if err := p.AddTrustedOrigin(origin); err != nil {
			panic(fmt.Sprintf("keryx: allowed origin %q: %v", origin, err))
		}
	}
	return pages{p}
}

// check returns the error for a request that another origin's page has caused. A request
// with a bearer token is not such a one: no browser adds the token by itself.
func (p pages) check(r *http.Request) *fault.Error {
	if p.protection == nil || r.Method == http.MethodGet || p.protection.Check(r) == nil {
		return nil
	}
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	return fault.Forbidden("A page of another origin may not send this request; WEB_SERVER_ALLOWED_ORIGINS lists the origins that may")
}

// proxies are the networks whose X-Forwarded-For the server trusts.
type proxies []netip.Prefix

// newProxies panics on text that is not a network: without the network, all callers
// would count as one.
func newProxies(networks []string) proxies {
	var p proxies
	for _, network := range networks {
		prefix, err := netip.ParsePrefix(network)
		if address, addressErr := netip.ParseAddr(network); addressErr == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			panic(fmt.Sprintf("keryx: trusted proxy %q: want an address or a network such as 10.0.0.0/8", network))
		}
		p = append(p, unmap(prefix))
	}
	return p
}

// unmap returns an IPv4 network that is written as IPv6 in its IPv4 form, the form of
// the addresses that are compared with it.
func unmap(network netip.Prefix) netip.Prefix {
	const mapped = 96 // the bits before the address of IPv4
	if address := network.Addr(); address.Is4In6() && network.Bits() >= mapped {
		return netip.PrefixFrom(address.Unmap(), network.Bits()-mapped)
	}
	return network
}

func (p proxies) trust(address netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// caller returns the address that a request comes from whose peer is host. When that is
// a trusted proxy, it is the rightmost address of X-Forwarded-For that is not trusted.
// The client may have invented the addresses left of it.
func (p proxies) caller(host string, lines []string) string {
	peer, err := parseAddress(host)
	if err != nil || !p.trust(peer) {
		return host
	}
	for address := range forwarded(lines) {
		parsed, err := parseAddress(address)
		if err != nil {
			break // a proxy that writes this has not checked what is left of it
		}
		if peer = parsed; !p.trust(peer) {
			break
		}
	}
	return peer.String()
}

// forwarded yields the elements of X-Forwarded-For from the last one on.
func forwarded(lines []string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := len(lines) - 1; i >= 0; i-- {
			rest, more := lines[i], true
			for more {
				comma := strings.LastIndexByte(rest, ',')
				element := rest[comma+1:]
				if more = comma >= 0; more {
					rest = rest[:comma]
				}
				if !yield(strings.TrimSpace(element)) {
					return
				}
			}
		}
	}
}

// parseAddress reads an address. Some proxies add a port, and put an IPv6 address in
// brackets.
func parseAddress(text string) (netip.Addr, error) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		withPort, portErr := netip.ParseAddrPort(text)
		if portErr != nil && strings.HasSuffix(text, "]") {
			withPort, portErr = netip.ParseAddrPort(text + ":0")
		}
		if portErr != nil {
			return netip.Addr{}, err
		}
		address = withPort.Addr()
	}
	return address.Unmap().WithZone(""), nil
}
