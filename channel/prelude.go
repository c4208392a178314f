package channel

// prelude is what the scripts of presence share.
const prelude = `
local nodes, claims, keys, members = KEYS[1], KEYS[2], KEYS[2] .. '/keys', KEYS[3]
local present, life = KEYS[4], KEYS[5]
local node, channel, topic, perNode, perMember = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local ttl, settling, known, fresh = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8], ARGV[9]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- always is the time of a member that some node claims.
local always = '9000000000000000'

-- late is by how many milliseconds the death of a node is noticed late only if
-- nobody has looked, or if the clock was put forward.
local late = 2000

local function quote(text)
  return '"' .. string.gsub(text, '[%c"\\]', function(c)
    if c == '"' or c == '\\' then return '\\' .. c end
    if string.byte(c) == 127 then return c end
    return string.format('\\u%04x', string.byte(c))
  end) .. '"'
end

-- Events are published together, as many as fit into one message (see events.go),
-- when the script has made all its changes.
local events = {}
local command = string.find(topic, '{', 1, true) and 'SPUBLISH' or 'PUBLISH' -- see keyspace

local function publish()
  if #events == 0 then return end
  redis.call(command, topic, '{"presence":[' .. table.concat(events, ',') .. '],"channel":"' .. channel .. '"}')
  events = {}
end

local function announce(event, key)
  events[#events + 1] = '["' .. event .. '",' .. quote(key) .. ']'
  if #events == 250 then publish() end
end

-- id is the name of this life of the channel, or false: something of it is lost.
local id = redis.call('EXISTS', nodes, present, life) == 3 and redis.call('HGET', life, 'id')

-- Until settles, nodes may still be restoring what Redis has lost.
local settles = tonumber(redis.call('HGET', life, 'settles') or 0)
if settles > now + settling then -- the clock was put back
  settles = 0
  redis.call('HSET', life, 'settles', 0)
end

local function settle()
  settles = now + settling
  redis.call('HSET', life, 'settles', settles)
end

-- begin begins a life of the channel. Members that are known already may have been
-- claimed by nodes that Redis has lost: they stay for the TTL.
local function begin()
  for _, n in ipairs(redis.call('ZRANGE', nodes, 0, -1)) do
    for _, key in ipairs(redis.call('HKEYS', perNode .. n .. '/keys')) do redis.call('ZADD', present, 'NX', always, key) end
  end
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', present, always, always)) do redis.call('ZADD', present, now + ttl, key) end
  redis.call('DEL', life)
  redis.call('HSET', life, 'id', fresh)
  id, settles = fresh, 0
  if redis.call('EXISTS', present) == 1 then settle() end
end

-- claimed reports whether any node but one has a connection of a member.
local function claimed(key, but)
  for _, n in ipairs(redis.call('ZRANGE', nodes, 0, -1)) do
    if n ~= but and redis.call('HEXISTS', perNode .. n .. '/keys', key) == 1 then return true end
  end
  return false
end

local function join(key)
  redis.call('SADD', members, key)
  if redis.call('ZADD', present, always, key) == 1 then announce('join', key) end
end

-- leave takes out a member that no node claims. While things settle another node may
-- be about to claim it: it stays until then.
local function leave(key)
  if now < settles then
    redis.call('ZADD', present, 'XX', settles, key)
    return
  end
  redis.call('SREM', members, key)
  if redis.call('ZREM', present, key) == 1 then announce('leave', key) end
end

-- forget removes a node with all that it claims, and leaves the members.
local function forget(n)
  local own = redis.call('HGETALL', perNode .. n)
  for i = 1, #own, 2 do redis.call('SREM', perMember .. own[i + 1], own[i]) end
  redis.call('ZREM', nodes, n)
  redis.call('DEL', perNode .. n, perNode .. n .. '/keys')
end

-- sweep takes out the members that no node claims any more.
local function sweep()
  local some = {}
  for _, n in ipairs(redis.call('ZRANGE', nodes, 0, -1)) do
    local all = redis.call('HKEYS', perNode .. n .. '/keys')
    if #all == 0 then all = redis.call('HVALS', perNode .. n) end -- Redis may have lost one of them
    for _, key in ipairs(all) do some[key] = true end
  end
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', present, always, always)) do
    if not some[key] then leave(key) end
  end
end

-- reap removes the nodes that are dead, and the members whose time is over. A node
-- whose death is noticed late lives for another TTL, since it may just not have
-- had the time to renew. No time is later than the TTL unless the clock was put back.
local function reap()
  local died = false
  for _, n in ipairs(redis.call('ZRANGEBYSCORE', nodes, '(' .. (now + ttl), '+inf')) do redis.call('ZADD', nodes, now + ttl, n) end
  local dead = redis.call('ZRANGEBYSCORE', nodes, '-inf', now, 'WITHSCORES')
  for i = 1, #dead, 2 do
    if dead[i] == node then -- it is not
    elseif now - dead[i + 1] > late then redis.call('ZADD', nodes, now + ttl, dead[i])
    else
      forget(dead[i])
      died = true
    end
  end
  if died then sweep() end
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', present, '(' .. (now + ttl), '(' .. always)) do redis.call('ZADD', present, now + ttl, key) end
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', present, '-inf', now)) do
    if claimed(key) then redis.call('ZADD', present, always, key) else leave(key) end
  end
end

-- expire has Redis forget the channel when all its nodes are dead.
local function expire()
  for _, key in ipairs({nodes, present, life, members}) do redis.call('PEXPIRE', key, ttl) end
end

-- renew keeps this node's claims, which others may not outlive: a node that is
-- in the set and has no claims any more would leave its members behind.
local function renew()
  redis.call('ZADD', nodes, now + ttl, node)
  expire()
  redis.call('PEXPIRE', claims, 2 * ttl)
  redis.call('PEXPIRE', keys, 2 * ttl)
end

-- tidy removes what is left when the last node has gone. While things settle, others
-- may come back.
local function tidy()
  if redis.call('ZCARD', nodes) > 0 or now < settles then return end
  for _, key in ipairs(redis.call('ZRANGE', present, 0, -1)) do redis.call('SREM', members, key) end
  redis.call('DEL', present, life)
end

-- nextDeath is in how many milliseconds another node is dead unless it renews, or
-- a member's time is over.
local function nextDeath()
  local next = 0
  local function due(at)
    if next == 0 or at - now < next then next = math.max(1, at - now) end
  end
  local first = redis.call('ZRANGE', nodes, 0, 1, 'WITHSCORES')
  for i = 1, #first, 2 do
    if first[i] ~= node then
      due(first[i + 1])
      break
    end
  end
  first = redis.call('ZRANGEBYSCORE', present, '-inf', '(' .. always, 'WITHSCORES', 'LIMIT', 0, 1)
  if first[2] then due(first[2]) end
  return next
end
`
