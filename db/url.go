package db

import (
	"errors"
	"net/url"
	"strings"

	"github.com/keryx-go/keryx/internal/redact"
)

// errMalformed quotes nothing: a text that cannot be parsed may hold a piece of
// the password anywhere.
var errMalformed = errors.New("the URL is malformed (it looks like postgres://user:password@host:5432/name or " +
	"sqlite://path; in a user or password, @ : / ? # % are written %40 %3A %2F %3F %23 %25)")

// schemeOf returns the scheme of a URL in lower case. It refuses what would parse,
// but only because an unescaped password is taken for something else.
func schemeOf(rawURL string) (string, error) {
	if rawURL == "" {
		return "", errors.New("the URL is empty")
	}
	scheme, rest, ok := strings.Cut(rawURL, "://")
	if !ok || !isScheme(scheme) || strings.ContainsFunc(rawURL, isControl) {
		return "", errMalformed
	}
	scheme = strings.ToLower(scheme)
	if scheme == "sqlite" { // a path, which may hold any character
		return scheme, nil
	}
	authority, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(authority, "/")
	user, _, _ := strings.Cut(authority, "@")
	if strings.Count(rest, "@") > 1 || strings.Contains(path+query, "@") || strings.Contains(rest, "#") {
		return "", errMalformed
	}
	for _, part := range []string{user, path} {
		if _, err := url.PathUnescape(part); err != nil {
			return "", errMalformed
		}
	}
	return scheme, nil
}

func isScheme(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("+-.", r)
	})
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// Redact returns a URL that can be logged: without its password and without
// parameters that may be secret. Of a text that is no proper URL it shows the
// scheme at most, because the password may be anywhere in it.
func Redact(rawURL string) string { return redact.URL(rawURL) }
