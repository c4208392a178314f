package config

import (
	"reflect"
	"regexp"
	"strings"
)

const (
	// maskedSecret stands for a setting that is secret as a whole.
	maskedSecret = "[[secret]]"
	// masked stands for a part of a URL.
	masked = "***"
)

var (
	plainUser = regexp.MustCompile(`^[a-zA-Z0-9._~-]+$`)
	// hosts is what can follow the user in a URL. The numbers after a colon are
	// no password: they are no longer than a port.
	hosts = regexp.MustCompile(`^(((\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._*-]*)(:[0-9]{1,5})?)(,|$))*$`)
	// harmless are the names of query parameters whose values are no secret.
	harmless = regexp.MustCompile(`^(addr|cache|client_name|connect_timeout|db|dbname|host|master_name|mode|port|protocol|` +
		`read_only|search_path|timezone|username|application_name|sslmode|ssl(root)?cert|skip_verify|force|` +
		`[a-z_]*_(timeout|size|conns|retries|lifetime|backoff|time)|_pragma|_txlock|_time_format)$`)
)

// mask returns a value of the setting as it may be printed.
func (l *leaf) mask(text string) string {
	switch {
	case text == "":
		return ""
	case l.secret:
		return maskedSecret
	case strings.HasSuffix(l.format, "url") || l.typ == urlType || l.typ == reflect.PointerTo(urlType):
		return maskURL(text)
	}
	return maskText(text)
}

// maskText masks what may be the user and the password of a URL in any text,
// such as a URL in the variable of a number.
func maskText(text string) string {
	begin, end := strings.Index(text, "://"), strings.LastIndex(text, "@")
	if begin < 0 || end < begin {
		return text
	}
	return text[:begin] + "://" + masked + text[end:]
}

// maskURL masks the password of a URL, and the values of query parameters that
// may be one. It goes by the text: a password with an unescaped "/" or "@"
// makes a URL that does not parse, or that parses with pieces of the password
// in its host and path.
func maskURL(text string) string {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(text), "://")
	if !ok || !schemeName.MatchString(scheme) {
		return masked
	}
	user := ""
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, rest = maskUser(scheme, rest[:at])+"@", rest[at+1:]
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	if host := rest[:end]; !hosts.MatchString(host) && host != ":memory:" {
		return scheme + "://" + user + masked
	}
	query := strings.IndexAny(rest, "?#")
	if query < 0 {
		return scheme + "://" + user + rest
	}
	return scheme + "://" + user + rest[:query] + maskQuery(rest[query:])
}

// maskUser masks the password, and a lone name where it would be a token.
func maskUser(scheme, text string) string {
	name, _, withPassword := strings.Cut(text, ":")
	switch {
	case name != "" && !plainUser.MatchString(name):
		return masked
	case withPassword:
		return name + ":" + masked
	case strings.HasPrefix(strings.ToLower(scheme), "http"):
		return masked
	}
	return name
}

// maskQuery masks what follows the path, from its "?" or "#" on.
func maskQuery(text string) string {
	if text[0] == '#' {
		return "#" + masked
	}
	query, _, fragment := strings.Cut(text[1:], "#")
	pairs := strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
	for i, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		switch {
		case !ok || !plainUser.MatchString(name):
			pairs[i] = masked
		case !harmless.MatchString(name) || strings.ContainsAny(value, "%?"):
			pairs[i] = name + "=" + masked
		}
	}
	out := "?" + strings.Join(pairs, "&")
	if fragment {
		out += "#" + masked
	}
	return out
}
