// Package embedded serves embedded:// URLs with a Redis server inside the
// process, for development, demonstrations and tests. An app imports it for its
// effect:
//
//	import _ "github.com/keryx-go/keryx/redis/embedded"
//
// The server listens on 127.0.0.1, its data lives in memory and ends with it,
// and TTLs run. It knows most commands of Redis 7, but neither persistence nor
// clusters nor client-side caching; docs/embedded.md lists what it has. No command
// of a client ends the process.
//
//	embedded://              a server of its own for each redis.Open, on a free port
//	embedded://:6390         the same on port 6390, where redis-cli can look inside
//	embedded://name          one server that every connection of this process that uses the name
//	                         shares; it starts with the first and ends with the last
//	embedded://name:6390/2   its database 2, on a port of choice
//
// Parameters are those of a redis:// URL, and force=true: in production an
// embedded server is refused without it.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"github.com/keryx-go/keryx/redis"
)

func init() { redis.Register("embedded", &driver{shared: map[string]*server{}}) }

// driver starts servers and knows the named ones.
type driver struct {
	mu     sync.Mutex
	shared map[string]*server
}

var _ redis.Driver = (*driver)(nil)

// Start implements [redis.Driver].
func (d *driver) Start(_ context.Context, u *url.URL, o redis.Options) (*redis.Instance, error) {
	q := u.Query()
	force := q.Get("force") == "true"
	q.Del("force")
	switch {
	case u.User != nil:
		return nil, errors.New("an embedded server has no users: remove what is before the @")
	case o.Production && !force:
		return nil, errors.New("an embedded server forgets everything when the process ends, so it is refused " +
			"in production: name a Redis server, or add ?force=true")
	}
	s, err := d.acquire(u.Hostname(), u.Port())
	if err != nil {
		return nil, err
	}
	at := url.URL{Scheme: "redis", Host: s.addr(), Path: u.Path, RawQuery: q.Encode()}
	return &redis.Instance{URL: at.String(), Close: func() error { d.release(u.Hostname(), s); return nil }}, nil
}

// acquire returns the server of a name, or a new one when the name is empty.
func (d *driver) acquire(name, port string) (*server, error) {
	if name == "" {
		return newServer(port)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.shared[name]
	if s == nil {
		var err error
		if s, err = newServer(port); err != nil {
			return nil, err
		}
		d.shared[name] = s
	} else if port != "" && port != s.port() {
		return nil, fmt.Errorf("the embedded server %q listens on port %s already: leave the port out, "+
			"or use another name", name, s.port())
	}
	s.users++
	return s, nil
}

// release closes a server that has no users left.
func (d *driver) release(name string, s *server) {
	if name != "" {
		d.mu.Lock()
		defer d.mu.Unlock()
		if s.users--; s.users > 0 {
			return
		}
		delete(d.shared, name)
	}
	s.close()
}
