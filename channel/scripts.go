package channel

import (
	"context"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Presence is decided in Redis, by scripts: each runs alone, changes all keys of
// one channel together, and publishes the join or the leave that follows, so
// that what is told is what is stored, in the same order. Each can be sent twice.
//
// What a node claims is its own: it is added to and taken from by that node, and
// removed as a whole, by any node, when the node has not renewed it in time. A
// member is present while some node claims one of its connections.

// prelude is what the scripts share.
const prelude = `
local nodes, claims, keys, members = KEYS[1], KEYS[2], KEYS[2] .. '/keys', KEYS[3]
local node, channel, topic, perNode, perMember = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local ttl = tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

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

-- claimed reports whether any node but one has a connection of a member.
local function claimed(key, but)
  for _, n in ipairs(redis.call('ZRANGE', nodes, 0, -1)) do
    if n ~= but and redis.call('HEXISTS', perNode .. n .. '/keys', key) == 1 then return true end
  end
  return false
end

-- retire removes a node with all that it claims.
local function retire(n)
  local own = redis.call('HGETALL', perNode .. n)
  for i = 1, #own, 2 do redis.call('SREM', perMember .. own[i + 1], own[i]) end
  local present = redis.call('HKEYS', perNode .. n .. '/keys')
  redis.call('ZREM', nodes, n)
  redis.call('DEL', perNode .. n, perNode .. n .. '/keys')
  for _, key in ipairs(present) do
    if not claimed(key) then
      redis.call('SREM', members, key)
      announce('leave', key)
    end
  end
end

-- reap retires the nodes that are dead.
local function reap()
  for _, n in ipairs(redis.call('ZRANGEBYSCORE', nodes, '-inf', now)) do
    if n ~= node then retire(n) end
  end
end

-- renew keeps this node's claims, which others may not outlive: a node that is
-- in the set and has no claims any more would leave its members behind.
local function renew()
  redis.call('ZADD', nodes, now + ttl, node)
  redis.call('PEXPIRE', nodes, ttl)
  redis.call('PEXPIRE', members, ttl)
  redis.call('PEXPIRE', claims, 2 * ttl)
  redis.call('PEXPIRE', keys, 2 * ttl)
end

-- nextDeath is in how many milliseconds another node is dead unless it renews.
local function nextDeath()
  local first = redis.call('ZRANGE', nodes, 0, 1, 'WITHSCORES')
  for i = 1, #first, 2 do
    if first[i] ~= node then return first[i + 1] - now end
  end
  return 0
end
`

var (
	// changeScript makes what this node claims more or less. After the common
	// arguments it takes triples: '+' connection key, or '-' connection ''. It
	// returns how many connections the node claims now, and nextDeath.
	changeScript = newScript(`
local function drop(connection, key)
  redis.call('HDEL', claims, connection)
  redis.call('SREM', perMember .. key, connection)
  if redis.call('HINCRBY', keys, key, -1) > 0 then return end
  redis.call('HDEL', keys, key)
  if not claimed(key, node) then
    redis.call('SREM', members, key)
    announce('leave', key)
  end
end

-- What is not in the set any more has been given up by the others.
if not redis.call('ZSCORE', nodes, node) then redis.call('DEL', claims, keys) end
reap()
for i = 7, #ARGV, 3 do
  local connection, key = ARGV[i + 1], ARGV[i + 2]
  local had = redis.call('HGET', claims, connection)
  if had and (ARGV[i] == '-' or had ~= key) then drop(connection, had) end
  if ARGV[i] == '+' then
    redis.call('SADD', members, key)
    redis.call('SADD', perMember .. key, connection)
    redis.call('PEXPIRE', perMember .. key, ttl)
    if had ~= key then
      redis.call('HSET', claims, connection, key)
      if redis.call('HINCRBY', keys, key, 1) == 1 and not claimed(key, node) then announce('join', key) end
    end
  end
end
publish()
local count = redis.call('HLEN', claims)
if count > 0 then renew() else redis.call('ZREM', nodes, node) end
return {count, nextDeath()}`)

	// beatScript renews what this node claims, if that is still as many
	// connections as the argument after the common ones says, and removes what
	// dead nodes have claimed. It returns 1 if it has renewed, and nextDeath.
	beatScript = newScript(`
reap()
publish()
if not redis.call('ZSCORE', nodes, node) or redis.call('HLEN', claims) ~= tonumber(ARGV[7])
  or redis.call('EXISTS', keys, members) < 2 then return {0, nextDeath()} end
renew()
for _, key in ipairs(redis.call('HKEYS', keys)) do redis.call('PEXPIRE', perMember .. key, ttl) end
return {1, nextDeath()}`)

	// claimsScript returns the connections that this node claims. A script, since
	// the client may answer a plain HKEYS from its cache.
	claimsScript = newScript(`return redis.call('HKEYS', claims)`)

	// retireScript removes this node.
	retireScript = newScript(`
retire(node)
publish()
return 1`)

	// membersScript returns the members, without those of dead nodes.
	membersScript = newScript(`
reap()
publish()
local seen, present = {}, {}
for _, n in ipairs(redis.call('ZRANGE', nodes, 0, -1)) do
  for _, key in ipairs(redis.call('HKEYS', perNode .. n .. '/keys')) do
    if not seen[key] then
      seen[key] = true
      present[#present + 1] = key
    end
  end
end
return present`)
)

type script struct{ *goredis.Script }

func newScript(body string) script { return script{goredis.NewScript(prelude + body)} }

// call is one run of a script.
type call struct {
	script script
	name   string // of the channel
	keys   []string
	args   []any
	cmd    *goredis.Cmd
}

// call prepares a run for a channel and a node.
func (s script) call(k keyspace, name, node string, ttl time.Duration, args ...any) *call {
	return &call{
		script: s, name: name,
		keys: []string{k.nodes(name), k.claims(name, node), k.members(name)},
		args: append([]any{node, name, k.topic(name), k.claims(name, ""), k.connections(name), ttl.Milliseconds()}, args...),
	}
}

// maxPipeline is how many scripts are sent at once.
const maxPipeline = 500

// runAll runs calls of one script, in their order as far as one channel goes, and
// leaves what came of each in its cmd. When nothing of a part gets through,
// neither will what follows.
func runAll(ctx context.Context, client goredis.UniversalClient, timeout time.Duration, calls []*call) {
	for len(calls) > 0 {
		n := min(len(calls), maxPipeline)
		runSome(ctx, client, timeout, calls[:n])
		failed := !slices.ContainsFunc(calls[:n], func(c *call) bool { return c.cmd.Err() == nil })
		err := calls[0].cmd.Err()
		calls = calls[n:]
		if !failed {
			continue
		}
		for _, c := range calls {
			c.cmd = goredis.NewCmd(ctx)
			c.cmd.SetErr(err)
		}
		return
	}
}

func runSome(ctx context.Context, client goredis.UniversalClient, timeout time.Duration, calls []*call) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	send(ctx, client, calls, false)

	// A server that is new, or was emptied, has to be told the text, of which all
	// calls have the same. It goes with a call: the client might load it over a
	// connection to another server. In a cluster each may be the first on its master.
	again := slices.DeleteFunc(slices.Clone(calls), func(c *call) bool { return !goredis.HasErrorPrefix(c.cmd.Err(), "NOSCRIPT") })
	told := min(1, len(again))
	if _, cluster := client.(*goredis.ClusterClient); cluster {
		told = len(again)
	}
	send(ctx, client, again[:told], true)
	send(ctx, client, again[told:], false)
}

// send runs calls in one round trip. With texts, each carries the text of its
// script; otherwise the server must know the script by its hash.
func send(ctx context.Context, client goredis.UniversalClient, calls []*call, texts bool) {
	if len(calls) == 0 {
		return
	}
	pipe := client.Pipeline()
	for _, c := range calls {
		if texts {
			c.cmd = c.script.Eval(ctx, pipe, c.keys, c.args...)
		} else {
			c.cmd = c.script.EvalSha(ctx, pipe, c.keys, c.args...)
		}
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
}
