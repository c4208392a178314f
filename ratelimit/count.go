package ratelimit

import (
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// countScript has the counters of the window before and of window number ARGV[2]
// as its keys, the length of a window ARGV[1] in milliseconds, and the limit
// ARGV[3]. It returns the time, the estimate with this run in it, and whether the
// run was counted; or the time alone when it is in another window.
//
// The share of the previous window is computed from whole numbers: 10 × (1 − 0.9)
// is less than 1 in binary fractions.
var countScript = goredis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local window, limit = tonumber(ARGV[1]), tonumber(ARGV[3])
if math.floor(now / window) ~= tonumber(ARGV[2]) then return {now} end
local previous = tonumber(redis.call('GET', KEYS[1]) or 0) or 0
local current = tonumber(redis.call('GET', KEYS[2]) or 0) or 0
local estimate = math.floor(previous * (window - now % window) / window) + current + 1
if estimate > limit then return {now, estimate, 0} end
redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], 2 * window)
return {now, estimate, 1}`)

// maxTries is how often the script is sent: the second time the window is the one
// that Redis has named.
const maxTries = 4

func newResult(limit int, window, number int64, reply []int64) Result {
	now, estimate, counted := reply[0], reply[1], reply[2]
	end := (number + 1) * window
	r := Result{Allowed: counted == 1, Limit: limit, Reset: time.UnixMilli(end)}
	if r.Allowed {
		r.Remaining = max(0, limit-int(estimate))
	} else {
		r.RetryAfter = time.Duration(end-now) * time.Millisecond
	}
	return r
}

// braces must not be in what is put into braces.
var braces = strings.NewReplacer("{", "%7B", "}", "%7D")

// keys returns the keys of the counters of the window before and of this one.
func keys(client goredis.UniversalClient, prefix, identifier string, number int64) []string {
	if _, ok := client.(*goredis.ClusterClient); ok {
		identifier = "{" + braces.Replace(identifier) + "}"
	}
	stem := prefix + ":" + identifier + ":"
	return []string{stem + strconv.FormatInt(number-1, 10), stem + strconv.FormatInt(number, 10)}
}
