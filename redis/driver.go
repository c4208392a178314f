package redis

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/keryx-go/keryx/internal/suggest"
)

// Driver runs Redis servers inside this process for the URLs of one scheme.
type Driver interface {
	// Start makes sure that the server of the URL runs. Each successful Start
	// is followed by one Close of its Instance.
	Start(ctx context.Context, u *url.URL, o Options) (*Instance, error)
}

// Instance is a server that a [Driver] has started.
type Instance struct {
	// URL is where the server is, a redis:// or unix:// URL.
	URL string
	// Close releases the server. Nil: there is nothing to release.
	Close func() error
}

// registry holds the drivers by scheme.
type registry struct {
	mu      sync.RWMutex
	drivers map[string]Driver
}

// drivers is filled by the init functions of driver packages, as in
// database/sql.
var drivers registry

// packages names the import that brings each scheme this module can serve.
var packages = map[string]string{
	"embedded": "github.com/keryx-go/keryx/redis/embedded",
}

// Register makes d serve the URLs of a scheme. It is meant for the init
// function of a package that apps import for its effect. It panics when d is
// nil and when the scheme is served already.
func Register(scheme string, d Driver) { drivers.add(scheme, d) }

func (r *registry) add(scheme string, d Driver) {
	if d == nil {
		panic("keryx: redis.Register: the driver of " + scheme + ":// is nil")
	}
	if builtIn(scheme) {
		panic("keryx: redis.Register: " + scheme + ":// is built in")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, taken := r.drivers[scheme]; taken {
		panic("keryx: redis.Register: " + scheme + ":// is registered twice")
	}
	if r.drivers == nil {
		r.drivers = map[string]Driver{}
	}
	r.drivers[scheme] = d
}

// schemes are those of Redis URLs.
var schemes = []string{"redis", "rediss", "unix", "redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel", "embedded"}

// find returns the driver of a scheme; the error says what would bring it.
func (r *registry) find(scheme string) (Driver, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if d, ok := r.drivers[scheme]; ok {
		return d, nil
	}
	if path, ok := packages[scheme]; ok {
		return nil, fmt.Errorf("nothing serves %s:// in this program: add the import _ %q", scheme, path)
	}
	if near := suggest.Slip(scheme, schemes); near != "" {
		return nil, fmt.Errorf("%s:// is no scheme of Redis; did you mean %s://?", scheme, near)
	}
	return nil, fmt.Errorf("%s:// is no scheme of Redis: use %s or embedded", scheme, strings.Join(schemes[:len(schemes)-1], ", "))
}

// start runs the server of an embedded URL.
func start(ctx context.Context, u *url.URL, o Options) (*Instance, error) {
	d, err := drivers.find(u.Scheme)
	if err != nil {
		return nil, err
	}
	return d.Start(ctx, u, o)
}
