package cache

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/internal/deadline"
)

// leastVersion is less than any count of microseconds that a clock shows, and
// more than any counter reaches that began at zero.
const leastVersion = 1e14

var (
	// versionScript returns the counter, after seeding one that is missing or was
	// begun by an INCR.
	versionScript = redis.NewScript(`
local v = redis.call('GET', KEYS[1])
local n = tonumber(v or '0')
if not n then return redis.error_reply('ERR value is not an integer or out of range') end
if n >= 1e14 then return v end
local t = redis.call('TIME')
local seed = string.format('%.0f', t[1] * 1000000 + t[2])
redis.call('SET', KEYS[1], seed, 'KEEPTTL')
return seed`)

	// bumpScript returns the next version: the time, or one more than the counter
	// if that is ahead of it.
	bumpScript = redis.NewScript(`
local n = tonumber(redis.call('GET', KEYS[1]) or '0')
if not n then return redis.error_reply('ERR value is not an integer or out of range') end
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
if n < now then
  redis.call('SET', KEYS[1], string.format('%.0f', now), 'KEEPTTL')
else
  redis.call('INCR', KEYS[1])
end
return redis.call('GET', KEYS[1])`)
)

// Version returns the counter at the key name, to be made a part of other keys:
//
//	v, err := cache.Version(ctx, rdb, "version:users")
//	…
//	users, err := cache.Fetch(ctx, rdb, fmt.Sprintf("cache:users:v%d:page%d", v, page), time.Minute, list)
//
// [Bump] then puts all of those out of use at once, at the cost of one command.
//
// The counter counts from the microseconds of Redis' clock, so it does not come
// back to an old value when it was deleted, evicted or expired, provided that the
// clocks of a master and of the replica that succeeds it are set. A raw INCR is a
// Bump too, even of a missing counter: one that small is seeded anew.
//
// An error means that the version is not known. Nothing stored may be used then.
// Like Fetch it waits for Redis no longer than a second, and not at all while Redis
// does not answer.
func Version(ctx context.Context, rdb redis.UniversalClient, name string) (int64, error) {
	c := clients.of(rdb)
	if c == nil {
		return 0, errNoClient
	}
	budget := c.defaults.Load().budget
	e := c.read(ctx, rdb, name, budget, false, time.Now())
	if e.err != nil {
		return parseVersion(ctx, name, "", e.err)
	}
	if n, err := strconv.ParseInt(string(e.raw), 10, 64); err == nil && n >= leastVersion {
		return n, nil
	}
	r := &request{client: c, rdb: rdb, key: name, settings: settings{budget: budget}}
	v, err := attempt(ctx, r, r.gate(r.key).other, func(ctx context.Context) (string, error) {
		return versionScript.Run(ctx, rdb, []string{name}).Text()
	})
	return parseVersion(ctx, name, v, err)
}

// Bump raises the counter at the key name, which makes every key that holds an
// older [Version] unused, and returns the new one. It waits as long as ctx and the
// client's timeouts let it.
func Bump(ctx context.Context, rdb redis.UniversalClient, name string) (int64, error) {
	c := clients.of(rdb)
	if c == nil {
		return 0, errNoClient
	}
	v, err := interruptible(ctx, c, name, func(ctx context.Context) (string, error) {
		return bumpScript.Run(ctx, rdb, []string{name}).Text()
	})
	return parseVersion(ctx, name, v, err)
}

func parseVersion(ctx context.Context, name, v string, err error) (int64, error) {
	if end := deadline.Err(ctx); err != nil && end != nil {
		err = end
	}
	if err != nil {
		return 0, fmt.Errorf("cache: version %q: %w", name, err)
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("cache: version %q: the key holds no counter: %w", name, err)
	}
	return n, nil
}
