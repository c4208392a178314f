package connection

import (
	"net/http"
	"slices"
	"strings"
)

// SetReply sets a header of the reply, in place of what was set before. A
// transport that has no headers to send ignores it, and so does one that has
// answered already.
func (c *Connection) SetReply(key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reply == nil {
		c.reply = http.Header{}
	}
	c.reply.Set(key, value)
}

// AddReply adds a value to a header of the reply, such as Set-Cookie. A cookie
// takes the place of one of the same name: clients disagree about which of two
// counts.
func (c *Connection) AddReply(key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reply == nil {
		c.reply = http.Header{}
	}
	if key = http.CanonicalHeaderKey(key); key == "Set-Cookie" {
		name, _, _ := strings.Cut(value, "=")
		c.reply[key] = slices.DeleteFunc(c.reply[key], func(other string) bool {
			return strings.HasPrefix(other, name+"=")
		})
	}
	c.reply[key] = append(c.reply[key], value)
}

// WriteReply copies the headers that were set for the reply into h. It is for
// transports, which call it right before they answer.
func (c *Connection) WriteReply(h http.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, values := range c.reply {
		h[key] = append([]string(nil), values...)
	}
}
