package main

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/fault"
)

// codes are sent to an address three times in ten seconds at most.
type codes struct{ api *keryx.API }

func registerCodes(api *keryx.API) {
	c := &codes{api}
	keryx.Handle(api, keryx.Action{
		Name: "code:send", Description: "Send a sign-in code, to one address three times in ten seconds at most",
		Web: keryx.POST("/codes"),
	}, c.send)
}

type codeInput struct {
	To string `json:"to" doc:"The address" format:"email" maxLength:"254"`
}

type codeOutput struct {
	Left int64 `json:"left" doc:"How many more may be sent now"`
}

var codeLimit = limiter{prefix: "limit:code:", limit: 3, window: 10 * time.Second}

func (c *codes) send(ctx context.Context, in codeInput) (codeOutput, error) {
	left, wait, err := codeLimit.take(ctx, c.api.Redis.Client, strings.ToLower(in.To))
	if err != nil {
		return codeOutput{}, err
	}
	if wait > 0 {
		return codeOutput{}, &keryx.Error{
			Type:    fault.ConnectionRateLimited,
			Message: "too many codes: try again in " + wait.Round(time.Millisecond).String(),
		}
	}
	c.api.Logger.InfoContext(ctx, "a code is sent", "to", in.To)
	return codeOutput{left}, nil
}

// limiter lets through at most limit events in any stretch of time as long as
// window. For each it keeps an entry in a sorted set, whose score is its time.
type limiter struct {
	prefix string
	limit  int64
	window time.Duration
}

// limitScript looks, decides and writes with nothing in between, so that many
// callers do not get past it at once. The time is that of Redis, in microseconds:
// the clocks of callers differ. A token that is there already was let through, and
// the reply got lost.
var limitScript = redis.NewScript(`
local limit, window, token = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - window))
local count = redis.call('ZCARD', KEYS[1])
if redis.call('ZSCORE', KEYS[1], token) then return {limit - count, 0} end
if count >= limit then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return {0, oldest[2] + window - now}
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now), token)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return {limit - count - 1, 0}`)

// take counts an event of whom. It returns how many more are allowed, or how long
// to wait because this one is not.
func (l *limiter) take(ctx context.Context, rdb redis.Scripter, whom string) (left int64, wait time.Duration, err error) {
	reply, err := limitScript.Run(ctx, rdb, []string{l.prefix + whom},
		l.limit, l.window.Microseconds(), rand.Text()).Int64Slice()
	if err != nil {
		return 0, 0, err
	}
	return reply[0], time.Duration(reply[1]) * time.Microsecond, nil
}
