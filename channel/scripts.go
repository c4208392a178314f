package channel

// Presence is decided in Redis, by scripts: each runs alone, changes all keys of
// one channel together, and publishes the join or the leave that follows, so
// that what is told is what is stored, in the same order. Each can be sent twice.
//
// What a node claims is its own: it is added to and taken from by that node, and
// removed as a whole, by any node, when the node has not renewed it in time. A
// member is present from its join to its leave. It leaves when no node claims one of
// its connections.
//
// Redis may lose any of this. As long as it does not, a channel has a life, whose name
// the nodes know. A node that finds another life, or none, restores what it claims, and
// what its subscribers have been told of the members of others. These stay until their
// nodes have come back, or for the TTL. So that no node takes out a member which another
// one has not restored yet, members do not leave while things settle.
var (
	// changeScript makes what this node claims more or less. After the common
	// arguments it takes triples: '+' connection key, or '-' connection ''. It
	// returns how many connections the node claims now, nextDeath and the life. If that
	// is not the one that the node knows, or if others took the node for dead, it does
	// nothing, and returns -1 as the number.
	changeScript = newScript(`
local function drop(connection, key)
  redis.call('HDEL', claims, connection)
  redis.call('SREM', perMember .. key, connection)
  if redis.call('HINCRBY', keys, key, -1) > 0 then return end
  redis.call('HDEL', keys, key)
  if not claimed(key, node) then leave(key) end
end

local here = redis.call('ZSCORE', nodes, node)
if known ~= '' and (known ~= id or not here) then return {-1, 0, ''} end
if not here then redis.call('DEL', claims, keys) end
if not id then begin() end
reap()
for i = 10, #ARGV, 3 do
  local connection, key = ARGV[i + 1], ARGV[i + 2]
  local had = redis.call('HGET', claims, connection)
  if had and (ARGV[i] == '-' or had ~= key) then drop(connection, had) end
  if ARGV[i] == '+' then
    redis.call('SADD', perMember .. key, connection)
    redis.call('PEXPIRE', perMember .. key, ttl)
    if had ~= key then
      redis.call('HSET', claims, connection, key)
      redis.call('HINCRBY', keys, key, 1)
    end
    join(key)
  end
end
publish()
local count = redis.call('HLEN', claims)
if count > 0 then
  renew()
else
  redis.call('ZREM', nodes, node)
  tidy()
end
return {count, nextDeath(), id}`)

	// beatScript renews what this node claims, if that is still as many
	// connections as the argument after the common ones says, and removes what
	// dead nodes have claimed. It returns 1 if it has renewed, nextDeath, the life and, if
	// the next argument is '1', all members.
	beatScript = newScript(`
reap()
publish()
if known ~= id or not redis.call('ZSCORE', nodes, node) or redis.call('HLEN', claims) ~= tonumber(ARGV[10])
  or redis.call('EXISTS', keys, members) < 2 then return {0, nextDeath(), ''} end
local whole = true
for _, key in ipairs(redis.call('HKEYS', keys)) do
  if redis.call('PEXPIRE', perMember .. key, ttl) == 0 then whole = false end
end
if not whole then return {0, nextDeath(), ''} end
renew()
return {1, nextDeath(), id, ARGV[11] == '1' and redis.call('ZRANGE', present, 0, -1) or {}}`)

	// restoreScript begins to put right what Redis has of this node, which then makes
	// its changes. After the common arguments it takes the number of connections
	// that the node will claim, or '' when that was in a call before, and pairs: '~' key
	// for a member that subscribers know of, '-' key for one that has left this
	// node. It returns 0, nextDeath and the life.
	restoreScript = newScript(`
if not id then begin() end
local from = redis.call('HGET', life, 'from')
local other = known ~= '' and known ~= id
if other and not from then
  from = known
  redis.call('HSET', life, 'from', from)
  settle()
end
if ARGV[10] ~= '' then
  local before = redis.call('HVALS', claims)
  for _, key in ipairs(redis.call('HKEYS', keys)) do before[#before + 1] = key end
  if #before > 0 then settle() end
  for _, key in ipairs(before) do redis.call('ZADD', present, 'XX', settles, key) end
  forget(node)
  if ARGV[10] ~= '0' then redis.call('ZADD', nodes, now + ttl, node) end
end
for i = 11, #ARGV, 2 do
  local key = ARGV[i + 1]
  if other and from == known and now < settles then
    redis.call('SADD', members, key)
    redis.call('ZADD', present, 'NX', now + ttl, key)
  end
  if ARGV[i] == '-' and not claimed(key) then leave(key) end
end
publish()
tidy()
expire()
return {0, nextDeath(), id}`)

	// retireScript removes this node. It returns 1, nextDeath and the life, or does
	// nothing and returns -1 when the node does not know this life.
	retireScript = newScript(`
if known ~= id then return {-1, 0, ''} end
forget(node)
sweep()
publish()
tidy()
return {1, nextDeath(), id}`)

	// membersScript returns the members, without those of dead nodes.
	membersScript = newScript(`
reap()
publish()
return redis.call('ZRANGE', present, 0, -1)`)
)
