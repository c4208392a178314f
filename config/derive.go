package config

import (
	"net"
	"net/netip"
	"strconv"
)

// derive sets the default that depends on other settings, unless the setting
// has a value of its own.
func (c *Config) derive(s *section) {
	web, r := &c.Server.Web, s.row("APPLICATION_URL")
	r.byDefault = webURL(web.Host, web.Port)
	if r.from.source == "" {
		web.ApplicationURL, r.loaded = r.byDefault, r.byDefault
	}
}

// webURL is the URL of a server that listens there, as seen from its machine.
func webURL(host string, port int) string {
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port))
}
