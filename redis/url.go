package redis

import (
	"errors"
	"net/url"
	"strings"

	"github.com/keryx-go/keryx/internal/redact"
)

// errMalformed quotes nothing: a text that cannot be parsed may hold a piece of
// the password anywhere.
var errMalformed = errors.New("the URL is malformed (it begins with redis:// or the like; " +
	"in a user or password, @ : / ? # % are written %40 %3A %2F %3F %23 %25)")

// Redact returns a URL that can be logged: without its password and without
// query parameters that may be secret. Of a text that is no proper URL it shows the
// scheme at most, because the password may be anywhere in it.
func Redact(rawURL string) string { return redact.URL(rawURL) }

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
