package db

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/internal/redact"
)

// connectError is the error of [Open]: one line to read, the cause to unwrap.
type connectError struct {
	text  string
	cause error
}

func (e *connectError) Error() string { return e.text }
func (e *connectError) Unwrap() error { return e.cause }

// openError says which database cannot be used, why, and what to set.
func openError(rawURL string, cause error, o Options) error {
	shown := Redact(rawURL)
	why := oneLine(cause.Error())
	clean := redact.Scrub(why, rawURL)
	if clean != why {
		cause = nil // its text has the password
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
