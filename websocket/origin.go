package websocket

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// origin is the origin of a page. The zero origin is that of a page without one, which
// sends "null".
type origin struct {
	scheme, host string
	port         string // "" for the scheme's default
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// parseOrigin reads an origin as browsers write it. Anything else is zero.
func parseOrigin(text string) origin {
	text = strings.ToLower(text)
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" || text != u.Scheme+"://"+u.Host {
		return origin{}
	}
	return originOf(u)
}

// originOf returns the origin of the pages of a URL.
func originOf(u *url.URL) origin {
	o := origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	if o.port == defaultPorts[o.scheme] {
		o.port = ""
	}
	return o
}

// isHTTP reports whether the pages of an origin come from an HTTP server. Those
// of apps and browser extensions may have the server's host and port all the same: they
// have to be listed.
func (o origin) isHTTP() bool { return defaultPorts[o.scheme] != "" && o.host != "" }

// servedBy reports whether the pages of an origin come from the server that a request
// names in its header Host, over TLS if secure. A proxy that ends TLS may hide it: then a
// page over TLS is the server's, too, and a default port in host is that of either scheme.
func (o origin) servedBy(host string, secure bool) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), ""
	}
	if !o.isHTTP() || !strings.EqualFold(o.host, name) || secure && o.scheme != "https" {
		return false
	}
	if o.port != "" {
		return o.port == port
	}
	return port == "" || port == "80" || port == "443"
}

// secure reports whether a request has come over TLS, as far as that can be known. Only
// refusals follow from the header, so that it may come from anywhere.
func (o origins) secure(r *http.Request) bool {
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		return true
	}
	return o.own.scheme == "https" && o.own.servedBy(r.Host, true)
}

// origins decides which pages may connect.
type origins struct {
	listed map[origin]bool
	any    bool   // without credentials
	own    origin // that of the application's URL
}

// newOrigins takes "*" from WS_ALLOWED_ORIGINS only. That of WEB_SERVER_ALLOWED_ORIGINS
// is its default, and is about CORS.
func newOrigins(o Options) origins {
	out := origins{listed: map[origin]bool{}}
	if u, err := url.Parse(o.ApplicationURL); err == nil {
		out.own = originOf(u)
	}
	for _, text := range o.AllowedOrigins {
		out.listed[parseOrigin(text)] = true
	}
	for _, text := range o.Config.AllowedOrigins {
		out.listed[parseOrigin(text)] = true
		out.any = out.any || text == "*"
	}
	delete(out.listed, origin{}) // what is not an origin
	return out
}

// check reports whether the page that asks for a socket may have one, and whether
// it may use the credentials that its browser adds.
func (o origins) check(r *http.Request) (allowed, credentials bool) {
	sent := r.Header["Origin"]
	switch len(sent) {
	case 0: // not a browser
		return true, true
	case 1:
		page := parseOrigin(sent[0])
		own := page.isHTTP() && page == o.own || page.servedBy(r.Host, o.secure(r))
		return own || o.listed[page] || o.any, own || o.listed[page]
	}
	return false, false
}
