package keryx

import (
	"log/slog"
	"net/netip"
	"slices"
	"strings"
)

// danger is a setting that is all right for development, and seldom so in production.
type danger struct {
	variable string
	set      bool
	means    string
}

// dangers returns what is set dangerously, for production.
func dangers(c *Config) []danger {
	web, cookie := &c.Server.Web, &c.Session.Cookie
	all := []danger{
		{"SESSION_COOKIE_SECURE", !cookie.Secure, "session cookies are sent without TLS, too"},
		{"SESSION_COOKIE_HTTP_ONLY", !cookie.HTTPOnly, "scripts of a page can read session cookies"},
		{"SESSION_COOKIE_SAME_SITE", strings.EqualFold(cookie.SameSite, "None"), "browsers send session cookies with requests of other sites"},
		{"WEB_SERVER_CROSS_ORIGIN_PROTECTION", !web.CrossOriginProtection, "pages of other sites can act for the users of their visitors"},
		{"WEB_SERVER_INCLUDE_STACK_IN_ERRORS", web.IncludeStackInErrors, "clients see stacks"},
		{"WEB_SERVER_TRUSTED_PROXIES", slices.ContainsFunc(web.TrustedProxies, isEverything), "clients choose the address that limits count by"},
		{"WEB_SECURITY_CSP", web.SecurityHeaders.CSP == "", "pages may run scripts from anywhere"},
		{"WS_ALLOWED_ORIGINS", slices.Contains(c.Server.WebSocket.AllowedOrigins, "*"), "pages of all sites may open WebSockets, without credentials"},
		{"WS_MAX_MESSAGES_PER_SECOND", c.Server.WebSocket.Enabled && c.Server.WebSocket.MaxMessagesPerSecond == 0, "a WebSocket may send without limit"},
		{"RATE_LIMIT_ENABLED", !c.RateLimit.Enabled, "passwords can be guessed without limit"},
		{"CLI_ALLOW_AS", c.Server.CLI.AllowAs, "each person who can run the program can act as any user"},
		{"LOG_LEVEL", c.Logger.Level < slog.LevelDebug, "the log has more than is meant for production"},
	}
	return slices.DeleteFunc(all, func(d danger) bool { return !d.set })
}

// isEverything reports whether a network is that of all addresses.
func isEverything(network string) bool {
	prefix, err := netip.ParsePrefix(network)
	return err == nil && prefix.Bits() == 0
}
