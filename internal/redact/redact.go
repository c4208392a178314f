// Package redact hides the passwords of URLs, such as those of Redis and of
// databases, before they are printed.
package redact

import (
	"regexp"
	"slices"
	"strings"
)

// Mask replaces what is hidden.
const Mask = "***"

var (
	schemeName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*$`)
	plainUser  = regexp.MustCompile(`^[a-zA-Z0-9._~-]+$`)
	// hosts is what may follow the user in a URL. The number after a colon is no
	// password: it is no longer than a port.
	hosts = regexp.MustCompile(`^(((\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._*-]*)(:[0-9]{1,5})?)(,|$))*$`)
	// harmless are the names of query parameters whose values are no secret.
	harmless = regexp.MustCompile(`^(addr|cache|client_name|db|dbname|host|master_name|mode|port|protocol|pool_fifo|` +
		`read_only|route_by_latency|route_randomly|search_path|timezone|username|application_name|` +
		`sslmode|ssl(root)?cert|skip_verify|force|` +
		`[a-z_]*_(timeout|size|conns|dials|redirects|retries|lifetime|backoff|time)|_pragma|_txlock|_time_format)$`)
)

// known are the schemes that are shown of a URL that is malformed. Any other may
// be a piece of a password.
var known = []string{
	"redis", "rediss", "redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel", "unix", "embedded",
	"postgres", "postgresql", "sqlite", "http", "https",
}

// URL returns a URL that may be printed: the password, the parameters of the query
// that may be secret, and a user that may be a token are replaced by [Mask]. Of a
// text that is no proper URL it shows the scheme at most, because the password may
// be anywhere in it: an unescaped "/" or "@" moves its end into the host or the
// path. URL of "" is "".
func URL(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	p, ok := split(text)
	switch {
	case ok && (hosts.MatchString(p.host) || p.host == ":memory:"):
		return p.scheme + "://" + p.shownUser() + p.host + p.path + shownQuery(p.query)
	case slices.Contains(known, strings.ToLower(p.scheme)):
		return p.scheme + "://" + Mask
	}
	return Mask
}

// Text hides what may be the user and the password of a URL in any text, such as a
// URL that is given as the value of a number.
func Text(text string) string {
	begin, end := strings.Index(text, "://"), strings.LastIndex(text, "@")
	if begin < 0 || end < begin {
		return text
	}
	return text[:begin] + "://" + Mask + text[end:]
}

// parts are the pieces of a URL as they are written. It is not for net/url, which
// knows neither several hosts nor sqlite://:memory:.
type parts struct {
	scheme         string
	user, password string
	hasUser        bool // there is an "@"
	hasPassword    bool // there is a ":" before it
	host           string
	path           string // with its "/"
	query          string // with its "?"
}

// split returns false for what is no proper URL. The scheme is set as far as there
// is one.
func split(text string) (p parts, ok bool) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found || !schemeName.MatchString(scheme) {
		return p, false
	}
	p.scheme = scheme
	authority := rest
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		authority, rest = rest[:end], rest[end:]
	} else {
		rest = ""
	}
	if strings.Contains(rest, "@") || strings.Count(authority, "@") > 1 || strings.Contains(text, "#") || strings.ContainsFunc(text, isControl) {
		return p, false
	}
	p.host = authority
	if user, host, found := strings.Cut(authority, "@"); found {
		p.hasUser, p.host = true, host
		p.user, p.password, p.hasPassword = strings.Cut(user, ":")
	}
	p.path, p.query = rest, ""
	if i := strings.IndexByte(rest, '?'); i >= 0 {
		p.path, p.query = rest[:i], rest[i:]
	}
	return p, true
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// shownUser returns the user with the "@". A user of HTTP without a password is
// often a token.
func (p parts) shownUser() string {
	switch {
	case !p.hasUser:
		return ""
	case p.user != "" && !plainUser.MatchString(p.user):
		return Mask + "@"
	case p.hasPassword:
		return p.user + ":" + Mask + "@"
	case strings.HasPrefix(strings.ToLower(p.scheme), "http"):
		return Mask + "@"
	}
	return p.user + "@"
}

// shownQuery hides the values that may be secret, and the names that may be: the
// rest of a password with an "&" in it looks like one.
func shownQuery(query string) string {
	if query == "" {
		return ""
	}
	pairs := strings.FieldsFunc(query[1:], func(r rune) bool { return r == '&' || r == ';' })
	for i, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		switch {
		case found && name == "password":
			pairs[i] = name + "=" + Mask
		case !found || !harmless.MatchString(name) || strings.ContainsAny(value, "%?") ||
			name == "_pragma" && strings.Contains(strings.ToLower(value), "key"):
			pairs[i] = Mask
		}
	}
	return "?" + strings.Join(pairs, "&")
}
