// Package ratelimit bounds how often a caller may run actions. It counts in Redis,
// for all servers together.
//
// A caller's runs are counted in windows of fixed length. How many there were in
// the time of one window until now is estimated from two counters: those of the
// current window, and a share of those of the window before, as if they had been
// spread evenly over it:
//
//	estimate = floor(previous × (1 − progress)) + current
//
// A run that would raise the estimate over the limit is refused, and does not
// count. So in one window there are never more runs than the limit, and in any
// stretch of time that is as long as a window fewer than twice as many, which takes
// a caller who saves them up for the end of a window.
//
// # Redis
//
// The counters are at <prefix>:<identifier>:<number of the window>, the number being
// milliseconds since 1970 divided by the window, and live for two windows. On a
// Redis Cluster the identifier is in braces, so that both are in one slot. One
// script, in one round trip, looks, decides and counts.
//
// The time is that of Redis, so that servers whose clocks differ count in the same
// windows. The keys have to be known before the script runs, so a limiter reckons
// with the difference between its clock and Redis' own. When a window ends just then,
// or a clock was set, the script says so instead of counting, and is sent again.
package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/redis"
)

// DefaultTimeout is the default of [Options.Timeout].
const DefaultTimeout = time.Second

// Options configure a [Limiter].
type Options struct {
	// Config are the RATE_LIMIT_* settings. A window and limits of zero, and an
	// empty prefix, have the default of the setting. Unless Enabled is set,
	// middleware lets everything through.
	Config Settings
	// Redis keeps the counters. Required.
	Redis *redis.Connections
	// Timeout is how long a check waits for Redis. Zero: [DefaultTimeout].
	Timeout time.Duration
	// Logger is told when Redis does not answer, and when it does again, and in
	// between every ten seconds. Nil discards that.
	Logger *slog.Logger
}

// Limiter counts runs. It is safe for concurrent use.
type Limiter struct {
	options Options
	ahead   atomic.Int64 // milliseconds that Redis' clock is ahead of ours
	outage  outage
}

// New returns a limiter.
func New(o Options) *Limiter {
	config.Complete(&o.Config)
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Limiter{options: o, outage: outage{logger: o.Logger}}
}

// Rule is how often something may be done. What is zero is as the settings say.
type Rule struct {
	// Limit is how many runs a window has. Zero: RATE_LIMIT_AUTH_LIMIT for
	// identifiers that begin with "user:", RATE_LIMIT_UNAUTH_LIMIT for others.
	Limit int
	// Window is how long a window is, in whole milliseconds. Zero:
	// RATE_LIMIT_WINDOW_MS.
	Window time.Duration
	// Prefix is what the keys of the counters begin with: what has the same
	// prefix is counted together. Empty: RATE_LIMIT_KEY_PREFIX; and for
	// middleware with a Limit or Window of its own that, a colon, and the name
	// of the action, so that such a limit is one for this action alone.
	Prefix string
	// Identify tells for middleware who is counted. Nil: [Identify]. An empty
	// identifier is not limited.
	Identify func(context.Context) (string, error)
}

// Result is what a check came to.
type Result struct {
	// Allowed says that the run may go on, and has been counted.
	Allowed bool
	// Limit is how many runs a window has, and Remaining how many more would be
	// allowed now.
	Limit, Remaining int
	// Reset is when the current window ends, by Redis' clock.
	Reset time.Time
	// RetryAfter is how long that is from now if the run is not allowed, else 0.
	RetryAfter time.Duration
}

// Check counts a run of the caller that the identifier names, or finds that the
// limit is reached. It counts whether RATE_LIMIT_ENABLED is set or not; Identify
// of the rule does not matter to it. When Redis fails, that is the error, and the
// caller decides; [Limiter.Allow] decides by the settings.
func (l *Limiter) Check(ctx context.Context, identifier string, rule Rule) (Result, error) {
	if identifier == "" {
		return Result{}, errors.New("ratelimit: the identifier is empty")
	}
	bounded, cancel := context.WithTimeout(ctx, l.options.Timeout)
	defer cancel()
	result, err := l.count(bounded, identifier, l.complete(rule, identifier))
	if err == nil {
		return result, nil
	}
	if end := ctx.Err(); end != nil {
		err = end
	}
	return Result{}, fmt.Errorf("ratelimit: %w", err)
}

// complete fills in what a rule leaves to the settings.
func (l *Limiter) complete(rule Rule, identifier string) Rule {
	c := l.options.Config
	if rule.Limit <= 0 {
		rule.Limit = c.UnauthLimit
		if strings.HasPrefix(identifier, userPrefix) {
			rule.Limit = c.AuthLimit
		}
	}
	if rule.Window <= 0 {
		rule.Window = c.Window
	}
	rule.Window = max(rule.Window.Truncate(time.Millisecond), time.Millisecond)
	if rule.Prefix == "" {
		rule.Prefix = c.KeyPrefix
	}
	return rule
}
