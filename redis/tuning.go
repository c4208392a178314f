package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// The defaults where ours are not the client's.
const (
	dialTimeout  = 2 * time.Second
	readTimeout  = 3 * time.Second
	writeTimeout = 3 * time.Second

	// subscriptionPool is enough for the commands that a subscription needs
	// beside its channels, which have connections of their own.
	subscriptionPool = 2
	// probePool is enough for one question at a time to each server.
	probePool = 1
)

// settings point at what the client's three kinds of options have in common.
type settings struct {
	clientName                  *string
	dial, read, write, idle     *time.Duration
	dialerRetries               *int
	pool, minIdle, pipelinePool *int
	contextTimeout, noIdentity  *bool
	tls                         **tls.Config
	dialer                      *func(ctx context.Context, network, addr string) (net.Conn, error)
}

func standaloneSettings(o *goredis.Options) settings {
	return settings{&o.ClientName, &o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.ConnMaxIdleTime, &o.DialerRetries,
		&o.PoolSize, &o.MinIdleConns, &o.PipelinePoolSize, &o.ContextTimeoutEnabled, &o.DisableIdentity,
		&o.TLSConfig, &o.Dialer}
}

func clusterSettings(o *goredis.ClusterOptions) settings {
	return settings{&o.ClientName, &o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.ConnMaxIdleTime, &o.DialerRetries,
		&o.PoolSize, &o.MinIdleConns, &o.PipelinePoolSize, &o.ContextTimeoutEnabled, &o.DisableIdentity,
		&o.TLSConfig, &o.Dialer}
}

func sentinelSettings(o *goredis.FailoverOptions) settings {
	return settings{&o.ClientName, &o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.ConnMaxIdleTime, &o.DialerRetries,
		&o.PoolSize, &o.MinIdleConns, &o.PipelinePoolSize, &o.ContextTimeoutEnabled, &o.DisableIdentity,
		&o.TLSConfig, &o.Dialer}
}

// check refuses sizes on which the client panics without saying why.
func (s settings) check() error {
	if *s.pool < 0 || *s.minIdle < 0 {
		return errors.New("pool_size and min_idle_conns must not be negative")
	}
	return nil
}

// apply sets our defaults under what the URL says.
func (s settings) apply(life context.Context, r role, o Options) {
	fallback(s.clientName, o.clientName())
	fallback(s.dial, dialTimeout)
	fallback(s.read, readTimeout)
	fallback(s.write, writeTimeout)
	// The client would try five times within each try of a command.
	fallback(s.dialerRetries, 1)
	*s.contextTimeout = true
	// CLIENT SETINFO is an error before Redis 7.2; our client name says more.
	*s.noIdentity = true
	switch r {
	case subscription:
		*s.clientName += ":subscription"
		*s.pool, *s.minIdle, *s.pipelinePool = subscriptionPool, 0, -1
	case probe:
		*s.clientName += ":probe"
		*s.pool, *s.minIdle, *s.pipelinePool = probePool, 0, -1
		*s.idle = -1 // forever: a server that is full has no other one for it
	}
	*s.tls = withBase(*s.tls, o.TLS)
	*s.dialer = dialer(life, *s.dial, *s.tls)
}

// fallback sets a value that the URL has left out.
func fallback[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

// withBase returns the TLS settings of a URL on top of those of the app.
func withBase(parsed, base *tls.Config) *tls.Config {
	if parsed == nil || base == nil {
		return parsed
	}
	c := base.Clone()
	fallback(&c.ServerName, parsed.ServerName)
	fallback(&c.MinVersion, parsed.MinVersion)
	c.InsecureSkipVerify = c.InsecureSkipVerify || parsed.InsecureSkipVerify
	return c
}
