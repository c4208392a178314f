package config

import (
	"errors"
	"fmt"
	"strings"
)

// consistent checks the settings that have to fit each other.
func (c *Config) consistent() error {
	var errs []error
	if cookie := c.Session.Cookie; strings.EqualFold(cookie.SameSite, "None") && !cookie.Secure {
		errs = append(errs, errors.New("SESSION_COOKIE_SAME_SITE=None needs SESSION_COOKIE_SECURE=true: browsers drop such a cookie otherwise"))
	}
	if beat, ttl := c.Channels.HeartbeatInterval, c.Channels.PresenceTTL; beat >= ttl {
		errs = append(errs, fmt.Errorf("PRESENCE_HEARTBEAT_INTERVAL (%s) must be less than PRESENCE_TTL (%s), or members vanish between two heartbeats", beat, ttl))
	}
	return errors.Join(errs...)
}
