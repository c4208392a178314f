// Package redis opens the two connections that an app has to Redis, proves at
// boot that they work, and closes them. Everything else is the standard client,
// go-redis: this package adds no command and wraps none.
//
// # URLs
//
// The scheme of a URL says what is on the other end. The rest is read by the
// client's own parser ([goredis.ParseURL], [goredis.ParseClusterURL],
// [goredis.ParseFailoverURL]), query parameters included; an unknown parameter
// is an error.
//
//	redis://user:password@host:6379/0             one server
//	rediss://user:password@host:6379/0            the same over TLS (?skip_verify=true trusts any certificate)
//	unix://user:password@/run/redis.sock?db=0     one server on a unix socket
//	redis+cluster://host1:7000?addr=host2:7000    a cluster; addr may be repeated, any node will do
//	redis+sentinel://host1:26379/0?master_name=m  the master m, as sentinels report it; addr names more sentinels
//	embedded://                                   a server inside this process; see the package redis/embedded
//
// rediss+cluster:// and rediss+sentinel:// are the last two over TLS. Mind that
// user:password of a sentinel URL are the sentinels' own; those of the Redis
// servers behind them are its parameters username and password.
//
// # Defaults
//
// A URL parameter wins over each: dial_timeout 2s, read_timeout 3s,
// write_timeout 3s, protocol 3, client_name "keryx:" and the process name. A
// failed command is tried 3 times more when that can help (max_retries; -1
// turns it off); a caller's deadline covers all tries, since
// ContextTimeoutEnabled is always on. A dial is tried once per command try.
package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/part"
)

var _ part.Checker = (*Connections)(nil)

// Connections are the two connections of an app. They are a part of it (package
// part), named "redis": [New] makes them, Start opens and proves them.
//
// A Connections of your own clients works wherever one is asked for:
// &Connections{Client: c, Subscription: s}. Closing those clients is up to you.
type Connections struct {
	// Client is for every command. Nil until Start.
	Client goredis.UniversalClient
	// Subscription is for channels only, so that nothing else waits behind a
	// subscriber. Its pool is small. Nil until Start.
	Subscription goredis.UniversalClient

	options  Options
	probe    goredis.UniversalClient // for Ping, while the others are busy
	target   *target
	embedded *Instance
	hangUp   context.CancelFunc // ends dials that have not ended
	close    func() error       // nil until Start
}

// New returns connections to the Redis of [Options.URL]. They are opened by
// [Connections.Start].
func New(o Options) *Connections { return &Connections{options: o.withDefaults()} }

// Open connects to the Redis that rawURL names: it is [New] with that URL, and
// [Connections.Start].
func Open(ctx context.Context, rawURL string, o Options) (*Connections, error) {
	o.URL = rawURL
	c := New(o)
	if err := c.Start(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Name returns "redis", or [Options.Name].
func (c *Connections) Name() string { return c.options.Name }

// DependsOn returns nil.
func (c *Connections) DependsOn() []string { return nil }

// Start connects and proves that both connections work: each writes a key and
// deletes it again, Client runs a script, and Subscription subscribes to a channel and
// leaves it. (The names begin with the prefix and "keryx:proof:"; an ACL has to allow
// them.) It takes no longer than [Options.Timeout].
//
// The error is one line that shows neither password nor secret parameter:
//
//	cannot connect to redis (redis://user@host:6379/0): …; set REDIS_URL
//
// With [Options.ClientSideCache], where that cannot be had, it begins "cannot use
// client-side caching" instead.
//
// It is [context.DeadlineExceeded] when nothing answered in time; what go-redis
// or the network said is in it too.
func (c *Connections) Start(ctx context.Context) error {
	o := c.options
	began := time.Now()
	bounded, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()

	c.target, c.embedded, c.hangUp = nil, nil, nil
	c.Client, c.Subscription, c.probe = nil, nil, nil
	c.close = sync.OnceValue(c.shut)
	if err := c.connect(bounded, o.URL, o); err != nil {
		_ = c.Close() // the error of connecting says more
		return openError(o.URL, err, waited(ctx, began, o.Timeout), o)
	}
	c.announce(ctx)
	return nil
}

// announce logs what Start has connected to.
func (c *Connections) announce(ctx context.Context) {
	log := c.options.Logger
	if log == nil {
		return
	}
	log.Info("connected to redis", "url", c.URL(), "server", c.Describe(ctx))
	if c.options.ClientSideCache {
		log.Info("client-side caching is on: reads may lag behind writes by milliseconds")
	}
	if c.Embedded() {
		log.Info("redis is embedded: its data ends with this process; set " + c.options.Variable + " to use a real one")
	}
}

// ErrNotConnected is the error of a use of Redis before [Connections.Start].
var ErrNotConnected = errors.New("redis is not connected; it is once the app has started")

// Connected returns Client, or [ErrNotConnected] while it is nil. It may be called
// on a nil Connections.
func (c *Connections) Connected() (goredis.UniversalClient, error) {
	if c == nil || c.Client == nil {
		return nil, ErrNotConnected
	}
	return c.Client, nil
}

// Stop is [Connections.Close].
func (c *Connections) Stop(context.Context) error { return c.Close() }

// Ready returns nil when Redis answers: see [Connections.Ping].
func (c *Connections) Ready(ctx context.Context) error {
	if _, err := c.Connected(); err != nil {
		return err
	}
	return c.Ping(ctx)
}

// Ping returns nil when Redis answers on both connections, in a cluster when
// every master does. It does not wait for commands of the app: while all
// connections of a pool are in use, by commands that block or by slow scripts,
// it asks over one of its own, which is open from boot on. It waits as long as
// ctx and the read timeout allow.
func (c *Connections) Ping(ctx context.Context) error {
	for _, client := range []goredis.UniversalClient{c.Client, c.Subscription} {
		if err := pingBusy(ctx, client, c.probe); err != nil {
			return err
		}
	}
	return nil
}

// Describe asks the server what it is. Where that cannot be found out, because
// INFO is not allowed or nothing answers before ctx ends, fields stay empty; all of
// them are before Start.
func (c *Connections) Describe(ctx context.Context) Description {
	switch {
	case c.target == nil:
		return Description{}
	case c.Embedded():
		return Description{Kind: Embedded, Addr: c.target.addr}
	}
	return describe(ctx, c.Client, c.target)
}

// connect fills c. What it has opened when it fails is for c.Close.
func (c *Connections) connect(ctx context.Context, rawURL string, o Options) error {
	if err := checkPrefix(o.Prefix, "the prefix of keys"); err != nil {
		return err
	}
	u, err := parseURL(rawURL)
	if err != nil {
		return err
	}
	if !builtIn(u.Scheme) {
		if c.embedded, err = start(ctx, u, o); err != nil {
			return err
		}
		if u, err = url.Parse(c.embedded.URL); err != nil {
			return err
		}
	}
	if c.target, err = newTarget(u); err != nil {
		return err
	}
	if o.ClientSideCache {
		if err = checkClientCache(c.target, c.Embedded()); err != nil {
			return err
		}
	}
	life, hangUp := context.WithCancel(context.Background())
	c.hangUp = hangUp
	if c.target.kind == Sentinel {
		if err = findMaster(ctx, life, c.target, o); err != nil {
			return err
		}
	}
	if c.Client, err = c.target.client(life, commands, o); err != nil {
		return err
	}
	if c.Subscription, err = c.target.client(life, subscription, o); err != nil {
		return err
	}
	if c.probe, err = c.target.client(life, probe, o); err != nil {
		return err
	}
	p := proof{c.Client, c.Subscription, c.probe, c.target, c.Embedded()}
	return p.run(ctx, c.Key("keryx:proof:"+rand.Text()))
}

// shut releases everything that connect has opened.
func (c *Connections) shut() error {
	if c.hangUp != nil {
		c.hangUp()
	}
	var errs []error
	for _, client := range []goredis.UniversalClient{c.probe, c.Subscription, c.Client} {
		if client != nil {
			errs = append(errs, client.Close())
		}
	}
	if c.embedded != nil && c.embedded.Close != nil {
		errs = append(errs, c.embedded.Close())
	}
	return errors.Join(errs...)
}

// Close closes both connections, and an embedded server with them. It returns
// the same error however often it is called, and nil before Start.
func (c *Connections) Close() error {
	if c.close == nil {
		return nil
	}
	return c.close()
}

// URL returns the URL as [Redact] shows it.
func (c *Connections) URL() string { return Redact(c.options.URL) }

// Key returns the name of a key or topic in Redis: name behind [Options.Prefix]. All that
// the framework has in Redis is named by it. It may be called on a nil Connections.
func (c *Connections) Key(name string) string {
	if c == nil {
		return name
	}
	return c.options.Prefix + name
}

// Embedded reports whether the server runs inside this process, so that its
// data ends with it.
func (c *Connections) Embedded() bool { return c.embedded != nil }

// waited returns how long Start has waited for an answer: the whole timeout when
// it has passed, and not how late a busy machine noticed.
func waited(ctx context.Context, began time.Time, timeout time.Duration) time.Duration {
	const unit = 100 * time.Millisecond
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, deadline.Sub(began))
	}
	if took := time.Since(began); took < timeout {
		return took.Round(unit)
	}
	return max(unit, (timeout + unit - 1).Truncate(unit))
}
