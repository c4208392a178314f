package session

import (
	"net/http"
	"strconv"
	"strings"
)

// cookie reads and writes the cookie with the id.
type cookie struct {
	name  string
	flags string // what follows Max-Age
	age   string
}

func newCookie(c Settings) cookie {
	flags := "; Path=/"
	if c.Cookie.HTTPOnly {
		flags += "; HttpOnly"
	}
	flags += "; SameSite=" + sameSite(c.Cookie.SameSite)
	if c.Cookie.Secure {
		flags += "; Secure"
	}
	return cookie{name: c.CookieName, flags: flags, age: strconv.Itoa(int(c.TTL.Seconds()))}
}

func sameSite(value string) string {
	for _, known := range []string{"Lax", "None"} {
		if strings.EqualFold(value, known) {
			return known
		}
	}
	return "Strict"
}

// of returns the Set-Cookie for an id, and gone the one that takes it away.
func (c cookie) of(id string) string { return c.name + "=" + id + "; Max-Age=" + c.age + c.flags }
func (c cookie) gone() string        { return c.name + "=; Max-Age=0" + c.flags }

// find returns the first id in the cookies of a request that may be one of ours,
// or "". Other cookies, and broken ones, do not matter.
func (c cookie) find(h http.Header) string {
	for _, line := range h["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			name, id, _ := strings.Cut(strings.Trim(pair, " \t"), "=")
			if name == c.name && issued(id) {
				return id
			}
		}
	}
	return ""
}
