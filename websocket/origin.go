package websocket

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// origins decide which pages may connect.
type origins struct {
	listed []string
	any    bool
	own    string // that of the application's URL
}

func newOrigins(o Options) origins {
	out := origins{own: originOf(o.ApplicationURL)}
	for _, origin := range o.AllowedOrigins {
		if origin == "*" {
			out.any = true
		} else {
			out.listed = append(out.listed, origin)
		}
	}
	return out
}

// check tells whether the page that asks for a socket may have one, and whether
// it may use the credentials that its browser adds.
func (o origins) check(r *http.Request) (allowed, credentials bool) {
	sent := r.Header["Origin"]
	switch {
	case len(sent) == 0:
		return true, true
	case len(sent) > 1:
		return false, false
	}
	origin := sent[0]
	for _, listed := range o.listed {
		if strings.EqualFold(listed, origin) {
			return true, true
		}
	}
	if own := originOf(origin); own != "" && (own == o.own || sameHost(own, r.Host)) {
		return true, true
	}
	return o.any, false
}

// originOf returns the origin of a URL in its shortest form, or "".
func originOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + shortHost(u.Host)
}

// sameHost compares an origin with the Host of a request. Behind a proxy that
// ends TLS the server does not know the scheme.
func sameHost(origin, host string) bool {
	_, own, _ := strings.Cut(origin, "://")
	return own == shortHost(host)
}

// shortHost leaves out the ports that browsers leave out.
func shortHost(host string) string {
	host = strings.ToLower(host)
	if name, port, err := net.SplitHostPort(host); err == nil && (port == "80" || port == "443") {
		return name
	}
	return host
}
