package redact

import (
	"net/url"
	"slices"
	"strings"
)

// shortest is the length from which on a secret is looked for inside of words.
const shortest = 4

// Scrub removes the passwords of a URL from a text about it, such as the error of
// a driver or the reply of a server. A password that is too short to be found in a
// longer text hides the whole text. A password that the shown URL has anyway, as
// the user's name say, is not removed.
func Scrub(text, rawURL string) string {
	shown := URL(rawURL)
	if rawURL != "" {
		text = strings.ReplaceAll(text, rawURL, shown)
	}
	for _, secret := range secrets(rawURL) {
		switch {
		case slices.Contains(words(shown), secret):
		case len(secret) >= shortest:
			text = strings.ReplaceAll(text, secret, Mask)
		case slices.Contains(words(text), secret):
			return "the reason is not shown, since the password is in it"
		}
	}
	return text
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \"'`=:,;()/@", r) })
}

// secrets lists the passwords of a proper URL, as they are written and unescaped.
func secrets(rawURL string) []string {
	p, _ := split(strings.TrimSpace(rawURL))
	found := []string{p.password}
	for pair := range strings.SplitSeq(strings.TrimPrefix(p.query, "?"), "&") {
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
