package session

import (
	"errors"
	"strings"
	"time"
)

// Settings are the SESSION_* settings.
type Settings struct {
	TTL        time.Duration `env:"SESSION_TTL" envDefault:"24h" unit:"s" minimum:"1s" doc:"How long an unused session lives."`
	CookieName string        `env:"SESSION_COOKIE_NAME" envDefault:"__session" format:"header-name" doc:"The name of the session cookie."`
	Cookie     CookieSettings
}

// CookieSettings are the flags of the session's cookie.
type CookieSettings struct {
	HTTPOnly bool   `env:"SESSION_COOKIE_HTTP_ONLY" envDefault:"true" doc:"Whether to hide the session cookie from the scripts of a page (HttpOnly)."`
	Secure   bool   `env:"SESSION_COOKIE_SECURE" envDefault:"false" doc:"Whether browsers send the session cookie over TLS only (Secure)."`
	SameSite string `env:"SESSION_COOKIE_SAME_SITE" envDefault:"Strict" enum:"Strict,Lax,None" doc:"Whether browsers send the session cookie with requests from other sites (SameSite). None needs SESSION_COOKIE_SECURE."`
}

// Validate returns an error for a cookie that browsers would not store.
func (c *CookieSettings) Validate() error {
	if strings.EqualFold(c.SameSite, "None") && !c.Secure {
		return errors.New("SESSION_COOKIE_SAME_SITE=None needs SESSION_COOKIE_SECURE=true: browsers drop such a cookie otherwise")
	}
	return nil
}
