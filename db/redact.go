package db

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// mask stands for what is not shown.
const mask = "***"

// errMalformed quotes nothing: whatever could not be parsed may hold a piece of
// the password.
var errMalformed = errors.New("the URL is malformed (it looks like postgres://user:password@host:5432/name or " +
	"sqlite://path; in a user or password, @ : / ? # % are written %40 %3A %2F %3F %23 %25)")

// target is a URL taken apart. It is not for net/url, which knows neither
// several hosts nor sqlite://:memory:.
type target struct {
	scheme, user, password string
	place                  string // host and path
	query                  string
}

// parse takes a URL apart, and refuses what would parse, but only because an
// unescaped password is taken for something else.
func parse(rawURL string) (target, error) {
	if rawURL == "" {
		return target{}, errors.New("the URL is empty")
	}
	scheme, rest, ok := strings.Cut(rawURL, "://")
	if !ok || !isScheme(scheme) || strings.ContainsFunc(rawURL, isControl) {
		return target{}, errMalformed
	}
	t := target{scheme: strings.ToLower(scheme)}
	t.place, t.query, _ = strings.Cut(rest, "?")
	if t.scheme == "sqlite" { // a path, which may hold any character
		return t, nil
	}
	authority, path := t.place, ""
	if i := strings.IndexByte(authority, '/'); i >= 0 {
		authority, path = authority[:i], authority[i:]
	}
	if strings.Count(rest, "@") > 1 || strings.ContainsAny(path+t.query, "@") || strings.Contains(rest, "#") {
		return t, errMalformed
	}
	if user, host, ok := strings.Cut(authority, "@"); ok {
		t.user, t.password, _ = strings.Cut(user, ":")
		t.place = host + path
	}
	for _, part := range []string{t.user, t.password, path} {
		if _, err := url.PathUnescape(part); err != nil {
			return t, errMalformed
		}
	}
	return t, nil
}

func isScheme(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("+-.", r)
	})
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// Redact returns a URL that can be logged: without its password, and without
// its parameters, which may hold secrets too. Of a text that is no proper URL it
// shows the scheme at most, since the password may be anywhere in it.
func Redact(rawURL string) string {
	if rawURL == "" {
		return ""
	}
	t, err := parse(rawURL)
	if err != nil {
		if imports[t.scheme] != "" {
			return t.scheme + "://" + mask
		}
		return mask
	}
	if t.user != "" {
		return t.scheme + "://" + t.user + "@" + t.place
	}
	return t.scheme + "://" + t.place
}

// connectError is the error of [Open]: one line to read, the cause to unwrap.
type connectError struct {
	text  string
	cause error
}

func (e *connectError) Error() string { return e.text }
func (e *connectError) Unwrap() error { return e.cause }

// openError says which database can not be used, why, and what to set.
func openError(rawURL string, cause error, o Options) error {
	shown := Redact(rawURL)
	why := oneLine(cause.Error())
	clean := scrub(why, rawURL)
	if clean != why {
		cause = nil // whoever prints it would print the password
	}
	if shown == "" {
		shown = "no URL"
	}
	return &connectError{
		text:  fmt.Sprintf("cannot connect to database (%s): %s; set %s", shown, clean, o.Variable),
		cause: cause,
	}
}

// oneLine makes one line of the lines of joined errors, each said once: a
// driver that tries a host twice, with and without TLS, fails twice.
func oneLine(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		line = strings.TrimRight(strings.TrimSpace(line), ". ")
		if line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.ReplaceAll(strings.Join(lines, "; "), ":; ", ": ")
}

// shortest is the length from which on a secret is looked for inside of words.
const shortest = 4

// scrub takes the secrets of a URL out of a driver's text.
func scrub(text, rawURL string) string {
	shown := Redact(rawURL)
	text = strings.ReplaceAll(text, rawURL, shown)
	for _, secret := range secrets(rawURL) {
		switch {
		case slices.Contains(words(shown), secret):
			// What is in plain sight, as the user's name say, tells nothing.
		case len(secret) >= shortest:
			text = strings.ReplaceAll(text, secret, mask)
		case slices.Contains(words(text), secret):
			return "the driver's reason is not shown, since the password is in it"
		}
	}
	return text
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \"'`=:,;()/@", r) })
}

// secrets lists the passwords of a URL, as they are written and as they are
// meant.
func secrets(rawURL string) []string {
	t, err := parse(rawURL)
	if err != nil {
		return nil // no driver has seen it
	}
	found := []string{t.password}
	for pair := range strings.SplitSeq(t.query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if strings.Contains(strings.ToLower(name), "password") {
			found = append(found, value)
		}
	}
	for _, raw := range slices.Clone(found) {
		path, pathErr := url.PathUnescape(raw)
		query, queryErr := url.QueryUnescape(raw)
		if pathErr == nil && queryErr == nil {
			found = append(found, path, query)
		}
	}
	return slices.DeleteFunc(found, func(s string) bool { return s == "" })
}
