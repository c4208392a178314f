// Package connection says who is calling an action: over which transport,
// from where, and with which request. Every transport puts one [Connection]
// into the context it hands to an action; [From] reads it back.
package connection

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// The transports that come with the framework. A transport of an app's own
// may use any other name.
const (
	Web       = "web"       // HTTP
	WebSocket = "websocket" // a WebSocket
	CLI       = "cli"       // the command line
	Internal  = "internal"  // the app itself, outside any request
)

// Connection is one caller of actions: an HTTP request, a WebSocket with all
// that comes over it, or a command line. Its fields are set by the transport
// before the first action runs and must not be changed afterwards; its methods
// are safe for concurrent use.
type Connection struct {
	// Transport names how the caller came in: [Web], [WebSocket], [CLI],
	// [Internal].
	Transport string

	// RemoteAddr is the caller's network address without its port, or "" when
	// the transport has none.
	RemoteAddr string

	// CorrelationID ties the log lines of one request together across
	// services: the id that the caller sent, if the server trusts it, or a new
	// one. It is "" outside HTTP, and when WEB_CORRELATION_ID_HEADER is empty.
	CorrelationID string

	// Host is the host, and maybe the port, that the request is for: that of its
	// header Host, or of its URL. It is "" outside HTTP. The client chooses it.
	Host string

	// Method and URL are those of the HTTP request, for a WebSocket the one it
	// began with, or "".
	Method, URL string

	// Header holds the headers of that request. It is nil outside HTTP.
	Header http.Header

	once sync.Once
	id   string

	mu      sync.Mutex
	reply   http.Header
	values  map[any]any
	subject string
}

// ID returns the connection's id: random, the same for the life of the
// connection, and different for every other one. It is made on first use, so
// that requests which never ask do not pay for it.
func (c *Connection) ID() string {
	c.once.Do(func() { c.id = rand.Text() })
	return c.id
}

type key struct{}

// With returns a copy of ctx that carries c.
func With(ctx context.Context, c *Connection) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// From returns the connection that ctx carries. A context that no transport
// made gets a fresh [Internal] one, so the result is never nil.
func From(ctx context.Context) *Connection {
	if c, ok := ctx.Value(key{}).(*Connection); ok {
		return c
	}
	return &Connection{Transport: Internal}
}

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

// Value returns what the connection holds under key, and makes it with create
// on first use. Packages keep there what lives as long as the connection; as
// with a context, key is of a type of their own. create must not call methods
// of the connection.
func (c *Connection) Value(key any, create func() any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok := c.values[key]
	if !ok {
		value = create()
		if c.values == nil {
			c.values = map[any]any{}
		}
		c.values[key] = value
	}
	return value
}

// Subject returns the subject of the identity that was found to be calling, for logs, or
// "" until the identity is looked up: see package auth.
func (c *Connection) Subject() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.subject
}

// SetSubject sets the result of Subject. Package auth calls it when it has identified the
// caller.
func (c *Connection) SetSubject(subject string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subject = subject
}
