package redis

import (
	"errors"
	"net/url"
	"strings"
)

// mask stands for what is not shown.
const mask = "***"

// errMalformed quotes nothing: whatever could not be parsed may hold a piece of
// the password.
var errMalformed = errors.New("the URL is malformed (it begins with redis:// or the like; " +
	"in a user or password, @ : / ? # % are written %40 %3A %2F %3F %23 %25)")

// shown are the query parameters whose values are no secret.
var shown = map[string]bool{
	"addr": true, "db": true, "master_name": true, "username": true, "client_name": true, "protocol": true,
	"force": true, "skip_verify": true, "max_retries": true, "min_retry_backoff": true, "max_retry_backoff": true,
	"max_redirects": true, "read_only": true, "route_by_latency": true, "route_randomly": true,
	"dial_timeout": true, "read_timeout": true, "write_timeout": true, "pool_timeout": true, "pool_size": true,
	"pool_fifo": true, "pipeline_pool_size": true, "min_idle_conns": true, "max_idle_conns": true,
	"max_active_conns": true, "max_concurrent_dials": true, "conn_max_idle_time": true, "conn_max_lifetime": true,
}

// Redact returns a URL that can be logged: without its password and without
// query parameters that may be secret. Of a text that is no proper
// URL it shows the scheme at most, since the password may be anywhere in it.
func Redact(rawURL string) string {
	if rawURL == "" {
		return ""
	}
	u, err := parseURL(rawURL)
	if err != nil {
		if scheme, _, ok := strings.Cut(rawURL, "://"); ok && builtIn(scheme) {
			return scheme + "://" + mask
		}
		return mask
	}
	var b strings.Builder
	b.WriteString(u.Scheme + "://")
	if name := u.User.Username(); name != "" {
		b.WriteString(url.User(name).String() + "@")
	}
	b.WriteString(u.Host + u.EscapedPath())
	if u.RawQuery != "" {
		b.WriteString("?" + redactQuery(u.RawQuery))
	}
	return b.String()
}

func redactQuery(raw string) string {
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		switch {
		case name == "password":
			pairs[i] = "password=" + mask
		case !shown[name] || strings.Contains(value, "%"):
			pairs[i] = mask // the name too: it may be the rest of a password with an & in it
		}
	}
	return strings.Join(pairs, "&")
}

// parseURL parses a URL and refuses what would parse, but only because an
// unescaped password is taken for something else.
func parseURL(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, errors.New("the URL is empty")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errMalformed
	}
	_, rest, ok := strings.Cut(raw, "://")
	if !ok || u.Scheme == "" || u.Opaque != "" || strings.Contains(raw, "#") {
		return nil, errMalformed
	}
	if end := strings.IndexAny(rest, "/?"); end >= 0 && strings.Contains(rest[end:], "@") {
		return nil, errMalformed
	}
	return u, nil
}
