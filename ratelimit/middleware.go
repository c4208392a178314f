package ratelimit

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

const userPrefix, addressPrefix = "user:", "ip:"

// Identify returns the identifier that is counted unless a rule says otherwise:
// "user:" and the subject of the caller's identity (package auth), whatever proved
// it, or "ip:" and the caller's address. It is "" for callers that have neither, such
// as the command line.
//
// The address is that of the connection, which is the one of a header only where
// the request came from one of WEB_SERVER_TRUSTED_PROXIES.
func Identify(ctx context.Context) (string, error) {
	i, err := auth.From(ctx)
	switch {
	case err != nil:
		return "", err
	case i != nil:
		return userPrefix + i.Subject, nil
	}
	if address := connection.From(ctx).RemoteAddr; address != "" {
		return addressPrefix + address, nil
	}
	return "", nil
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
		rule.Identify = Identify
	}
	return func(next action.Handler) action.Handler {
		action.Describe(next, action.Guard{Name: "rate limit"})
		return func(ctx context.Context, call *action.Call) (any, error) {
			rule := rule
			if apart {
				rule.Prefix = l.options.Config.KeyPrefix + ":" + call.Action.Name
			}
			if err := l.admit(ctx, rule); err != nil {
				return nil, err
			}
			return next(ctx, call)
		}
	}
}

func (l *Limiter) admit(ctx context.Context, rule Rule) error {
	if !l.options.Config.Enabled {
		return nil
	}
	identifier, err := rule.Identify(ctx)
	switch {
	case err != nil:
		return l.uncounted(ctx, fmt.Errorf("ratelimit: who is calling? %w", err))
	case identifier == "":
		return nil
	}
	return l.Allow(ctx, identifier, rule)
}

// Allow is what [Limiter.Middleware] does, for callers of one's own: it returns nil
// when the run may go on. It sets the reply's headers on the connection of ctx.
func (l *Limiter) Allow(ctx context.Context, identifier string, rule Rule) error {
	if !l.options.Config.Enabled {
		return nil
	}
	result, err := l.Check(ctx, identifier, rule)
	if err != nil {
		return l.uncounted(ctx, err)
	}
	l.outage.over(ctx)
	reply := connection.From(ctx).SetReply
	reply("X-RateLimit-Limit", strconv.Itoa(result.Limit))
	reply("X-RateLimit-Remaining", strconv.Itoa(result.Remaining))
	reply("X-RateLimit-Reset", strconv.FormatInt((result.Reset.UnixMilli()+999)/1000, 10))
	if result.Allowed {
		return nil
	}
	seconds := strconv.FormatInt(int64((result.RetryAfter+time.Second-1)/time.Second), 10)
	reply("Retry-After", seconds)
	return &fault.Error{
		Type: fault.ConnectionRateLimited, Message: "Rate limit exceeded. Try again in " + seconds + " seconds.",
	}
}

// uncounted decides about a run that could not be counted. A caller who is gone
// says nothing about Redis.
func (l *Limiter) uncounted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
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
