package cache

import (
	"github.com/redis/go-redis/v9"
)

// Every script touches one key and can be sent twice: a client that lost the
// reply sends it again. What a script compares is called the mark: the whole
// lease, or the whitespace at the end of a value that is being refreshed.
var (
	// acquireScript puts the lease ARGV[1] at the key for ARGV[3] milliseconds if
	// the key is absent or holds ARGV[2]. It returns 1 if it did, else the value.
	acquireScript = redis.NewScript(`
local v = redis.call('GET', KEYS[1])
if v == ARGV[1] then return 1 end
if v and v ~= ARGV[2] then return v end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1`)

	// markScript adds the mark ARGV[3] to the first ARGV[2] bytes of the value if
	// that is still ARGV[1]. The time to live stays.
	markScript = redis.NewScript(`
local v = redis.call('GET', KEYS[1])
local marked = string.sub(ARGV[1], 1, tonumber(ARGV[2])) .. ARGV[3]
if v == marked then return 1 end
if v ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], marked, 'KEEPTTL')
return 1`)

	// fillScript stores ARGV[2] for ARGV[3] milliseconds in place of what ends
	// with the mark ARGV[1].
	fillScript = redis.NewScript(`
local v = redis.call('GET', KEYS[1])
if not v then return 0 end
if string.sub(v, -#ARGV[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
end
return v == ARGV[2] and 1 or 0`)

	// releaseScript removes a lease, or the mark from a value: ARGV[2] is how many
	// bytes at the end of the value the mark and what belongs to it take.
	releaseScript = redis.NewScript(`
local v = redis.call('GET', KEYS[1])
if not v or string.sub(v, -#ARGV[1]) ~= ARGV[1] then return 0 end
if v == ARGV[1] then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], string.sub(v, 1, -tonumber(ARGV[2]) - 1), 'KEEPTTL')
return 1`)

	// renewScript gives a lease ARGV[2] milliseconds from now, or the end ARGV[3]
	// to a value that is being refreshed.
	renewScript = redis.NewScript(`
local v = redis.call('GET', KEYS[1])
if not v or string.sub(v, -#ARGV[1]) ~= ARGV[1] then return 0 end
if v == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
redis.call('SET', KEYS[1], string.sub(v, 1, -#ARGV[3] - 1) .. ARGV[3], 'KEEPTTL')
return 1`)
)
