package ratelimit

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/keryx-go/keryx/action"
)

// Rule is how often something may be done. Zero fields take the value of the settings.
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
	// Identify returns, for middleware, the identifier that is counted. Nil: [Identify].
	// An empty identifier is not limited. To count by something that the caller sends,
	// such as an e-mail address, it asks the call for its input. Count by the address of
	// the caller in a rule before that one: what is counted by the input has read it.
	Identify func(ctx context.Context, call *action.Call) (string, error)
}

// zeroUnits matches what a duration need not say: the end of 15m0s and of 1h0m0s.
var zeroUnits = regexp.MustCompile(`([hm])(0m)?0s$`)

// name returns what lists of actions show: the parts of the rule that are not those of
// the settings.
func (r Rule) name() string {
	name := "rate limit"
	if r.Limit > 0 {
		name += fmt.Sprintf(" %d", r.Limit)
	}
	if r.Window > 0 {
		name += " per " + zeroUnits.ReplaceAllString(r.Window.String(), "$1")
	}
	return name
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
