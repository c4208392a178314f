package session

import goredis "github.com/redis/go-redis/v9"

// The scripts compare and store whole values. JSON is never decoded in Redis, whose
// Lua would lose large numbers and empty lists. They can be sent twice: a client
// that lost the reply does. They return 1 when it is done, 0 when the session is
// gone, or the value that is there instead.
var (
	// swapScript puts ARGV[2] in the place of ARGV[1], for ARGV[3] milliseconds.
	swapScript = goredis.NewScript(`
local v = redis.call('GET', KEYS[1])
if not v then return 0 end
if v ~= ARGV[1] and v ~= ARGV[2] then return v end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

	// moveScript puts ARGV[2] at the second key and a [move], ARGV[4], at the first for
	// ARGV[5] milliseconds, if that holds ARGV[1]. Two that move the same session cannot
	// both do so.
	moveScript = goredis.NewScript(`
local v = redis.call('GET', KEYS[1])
if v == ARGV[4] then return 1 end
if not v then return 0 end
if v ~= ARGV[1] then return v end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
return 1`)

	// replaceScript ends the session at the second key, and puts ARGV[2] at the third and
	// the move ARGV[4] at the first, if that holds the move ARGV[1].
	replaceScript = goredis.NewScript(`
local v = redis.call('GET', KEYS[1])
if v == ARGV[4] then return 1 end
if not v then return 0 end
if v ~= ARGV[1] then return v end
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
return 1`)
)
