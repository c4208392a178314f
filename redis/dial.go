package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"time"
)

// keepAlive notices a dead peer before load balancers forget the connection;
// these are the values of the client's own dialer.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 5 * time.Second, Count: 3}

// dialFunc is what the client's options call a Dialer.
type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// dialer returns a dial function that gives up after the timeout, when its
// context ends and when life does. The client's own minds neither of the last
// two: it goes on behind a closed client, and a TLS handshake ignores contexts.
func dialer(life context.Context, timeout time.Duration, config *tls.Config) dialFunc {
	if timeout <= 0 { // the client's way to say: none
		timeout = math.MaxInt64
	}
	plain := &net.Dialer{KeepAliveConfig: keepAlive}
	gated := (&gates{timeout: timeout, dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := plain.DialContext(ctx, network, addr)
		if err != nil || config == nil {
			return c, err
		}
		return shakeHands(ctx, c, config)
	}}).through
	return broken(func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		stop := context.AfterFunc(life, cancel)
		defer stop()
		return gated(ctx, network, addr)
	})
}

// errHandshake is in every error that comes after the connection is made and
// before TLS is.
var errHandshake = errors.New("TLS handshake")

func shakeHands(ctx context.Context, c net.Conn, config *tls.Config) (net.Conn, error) {
	secure := tls.Client(c, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("%w with %s: %w", errHandshake, c.RemoteAddr(), err)
	}
	return secure, nil
}

// gates keep an address that swallows packets from costing every command the whole
// timeout: once a dial to it has timed out, one caller at a time tries again,
// and the others get the last error at once. Any other outcome opens the gate.
type gates struct {
	dial    dialFunc
	timeout time.Duration
	mu      sync.Mutex
	at      map[string]*gate // by address; an open gate is not in it
}

type gate struct {
	err    error // of the last dial
	trying bool
}

func (g *gates) through(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := g.enter(addr); err != nil {
		return nil, err
	}
	began := time.Now()
	c, err := g.dial(ctx, network, addr)
	g.leave(addr, err, time.Since(began))
	return c, err
}

// enter returns the error for a caller that is not let through.
func (g *gates) enter(addr string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	shut := g.at[addr]
	if shut == nil {
		return nil
	}
	if shut.trying {
		return shut.err
	}
	shut.trying = true
	return nil
}

// leave draws the conclusion from a dial.
func (g *gates) leave(addr string, err error, took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	timedOut := err != nil && isTimeout(err)
	switch shut := g.at[addr]; {
	case errors.Is(err, context.Canceled) || timedOut && took < g.timeout/10*9:
		// The caller has left early, so nothing is learnt.
		if shut != nil {
			shut.trying = false
		}
	case timedOut:
		if g.at == nil {
			g.at = map[string]*gate{}
		}
		g.at[addr] = &gate{err: err}
	default:
		delete(g.at, addr)
	}
}
