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
// a caller that saves them up for the end of a window.
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
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/deadline"
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
	if end := deadline.Err(ctx); end != nil {
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

func (l *Limiter) count(ctx context.Context, identifier string, rule Rule) (Result, error) {
	client, err := l.options.Redis.Connected()
	if err != nil {
		return Result{}, err
	}
	window := rule.Window.Milliseconds()
	for range maxTries {
		number := (time.Now().UnixMilli() + l.ahead.Load()) / window
		reply, err := countScript.Run(ctx, client, keys(client, l.options.Redis.Key(rule.Prefix), identifier, number),
			window, number, rule.Limit).Int64Slice()
		switch {
		case err != nil:
			return Result{}, err
		case len(reply) == 3:
			return newResult(rule.Limit, window, number, reply), nil
		case len(reply) != 1:
			return Result{}, fmt.Errorf("redis answers with %d numbers", len(reply))
		}
		l.ahead.Store(reply[0] - time.Now().UnixMilli())
	}
	return Result{}, fmt.Errorf("no window of %v lasts as long as it takes to ask redis; make it longer", rule.Window)
}

// Middleware returns middleware that limits the actions it is put around. It sets
// the headers X-RateLimit-Limit, -Remaining and -Reset of the reply and, when the
// limit is reached, Retry-After; the error is a [fault.ConnectionRateLimited] then.
// The zero rule is what the settings say, for all actions that have it together.
//
// When Redis does not answer, the action is run, or, with RATE_LIMIT_FAIL_CLOSED,
// refused with a 503 [fault.ConnectionServerError].
func (l *Limiter) Middleware(rule Rule) action.Middleware {
	apart := rule.Prefix == "" && (rule.Limit > 0 || rule.Window > 0)
	if rule.Identify == nil {
		rule.Identify = func(ctx context.Context, _ *action.Call) (string, error) { return Identify(ctx) }
	}
	return func(next action.Handler) action.Handler {
		action.Describe(next, action.Guard{Name: rule.name(), Limit: true})
		return func(ctx context.Context, call *action.Call) (any, error) {
			rule := rule
			if apart {
				rule.Prefix = l.options.Config.KeyPrefix + ":" + call.Action.Name
			}
			if err := l.admit(ctx, call, rule); err != nil {
				return nil, err
			}
			return next(ctx, call)
		}
	}
}

func (l *Limiter) admit(ctx context.Context, call *action.Call, rule Rule) error {
	if !l.options.Config.Enabled {
		return nil
	}
	identifier, err := rule.Identify(ctx, call)
	switch f, ok := fault.As(err); {
	case ok && f.HTTPStatus() < http.StatusInternalServerError: // such as an input that is wrong
		return err
	case err != nil:
		return l.uncounted(ctx, fmt.Errorf("ratelimit: the caller is not known: %w", err))
	case identifier == "":
		return nil
	}
	return l.Allow(ctx, identifier, rule)
}

// Allow is what [Limiter.Middleware] does, for callers of one's own: it returns nil
// when the run may go on. It sets the reply's headers on the connection of ctx: of several
// limits, to the one that has the least remaining.
func (l *Limiter) Allow(ctx context.Context, identifier string, rule Rule) error {
	if !l.options.Config.Enabled {
		return nil
	}
	result, err := l.Check(ctx, identifier, rule)
	if err != nil {
		return l.uncounted(ctx, err)
	}
	l.outage.over(ctx)
	caller := connection.From(ctx)
	reply := caller.SetReply
	if told := caller.Value(toldKey{}, func() any { return new(told) }).(*told); told.tighter(result) {
		reply("X-RateLimit-Limit", strconv.Itoa(result.Limit))
		reply("X-RateLimit-Remaining", strconv.Itoa(result.Remaining))
		reply("X-RateLimit-Reset", strconv.FormatInt((result.Reset.UnixMilli()+999)/1000, 10))
	}
	if result.Allowed {
		return nil
	}
	seconds := strconv.FormatInt(int64((result.RetryAfter+time.Second-1)/time.Second), 10)
	reply("Retry-After", seconds)
	return &fault.Error{
		Type: fault.ConnectionRateLimited, Message: "Rate limit exceeded. Try again in " + seconds + " seconds.",
	}
}

// uncounted decides about a run that could not be counted. A caller that is gone
// says nothing about Redis.
func (l *Limiter) uncounted(ctx context.Context, err error) error {
	if deadline.Err(ctx) != nil {
		return err
	}
	l.outage.failed(ctx, err, l.options.Config.FailClosed)
	if !l.options.Config.FailClosed {
		return nil
	}
	return &fault.Error{
		Type: fault.ConnectionServerError, Message: "The rate limit cannot be checked. Try again later.",
		Status: http.StatusServiceUnavailable, Err: err,
	}
}

// told is the limit that the reply's headers tell of.
type told struct {
	mu        sync.Mutex
	set       bool
	remaining int
}

type toldKey struct{}

// tighter reports whether the headers are to tell of another limit.
func (t *told) tighter(r Result) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.set && r.Allowed && r.Remaining > t.remaining {
		return false
	}
	t.set, t.remaining = true, r.Remaining
	return true
}
