package channel

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	goredis "github.com/redis/go-redis/v9"
)

// The history of a channel is a stream in Redis. Each entry has an envelope, and the
// position of the message before it. So a reader that has come to some message can tell
// whether something is missing after it: the next entry names that message, or it does
// not. A second key has the last position, and is kept longer than the messages.
//
// The position of a channel that had no message yet, or that Redis has forgotten, is
// made up anew. No subscriber has it, so none takes a history that was lost for one in
// which nothing has happened.

// archivePrelude is what the scripts share.
const archivePrelude = `
local stream, last = KEYS[1], KEYS[2]
local nonce, age, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function text(ms, seq) return string.format('%.0f-%.0f', ms, seq) end

local function parts(position)
  local ms, seq = string.match(position, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

-- top returns the position of the last entry, if there is one.
local function top()
  local entry = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  return entry and entry[1]
end

-- newest returns the position of the last message.
local function newest() return redis.call('GET', last) or top() or text(now, nonce) end
`

var (
	// keepScript adds a message to the history and publishes it. It takes the number
	// of messages to keep, the topic and the envelope, and returns the position.
	keepScript = newText(archivePrelude + `
local most, topic, envelope = ARGV[4], ARGV[5], ARGV[6]

-- after returns a position after another one, also when the clock has stepped back.
local function after(before)
  local ms, seq = parts(before)
  if now > ms then return text(now, nonce) end
  seq = seq + 1 + nonce % 1048576
  if seq > 4503599627370496 then return text(ms + 1, nonce) end
  return text(ms, seq)
end

local before = newest()
local position = after(before)
local added = redis.pcall('XADD', stream, 'MAXLEN', most, position, 'm', envelope, 'b', before)
if type(added) == 'table' and added.err and string.find(added.err, 'equal or smaller', 1, true) then
  -- The stream is ahead of the key, which was lost or restored from elsewhere.
  local ahead = top()
  if ahead then before, position = ahead, after(ahead) else redis.call('DEL', stream) end
  added = redis.pcall('XADD', stream, 'MAXLEN', most, position, 'm', envelope, 'b', before)
end
if type(added) == 'table' and added.err then return added end
redis.call('XTRIM', stream, 'MINID', text(now - age, 0))
redis.call('PEXPIRE', stream, age)
redis.call('SET', last, position, 'PX', keep)
redis.call(string.find(topic, '{', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, string.sub(envelope, 1, -2) .. ',"position":"' .. position .. '","before":"' .. before .. '"}')
return position`)

	// readScript returns the last position and some of the entries: those from a
	// position on, or with "" the last of a number. It sets the key, which a
	// replica refuses: what a replica has may be old.
	readScript = newText(archivePrelude + `
local from, count = ARGV[4], tonumber(ARGV[5])
local position = newest()
redis.call('SET', last, position, 'PX', keep)
local oldest = text(now - age, 0)
if count == 0 then return {position, {}} end
if from == '' then return {position, redis.call('XREVRANGE', stream, '+', oldest, 'COUNT', count)} end
if parts(from) < now - age then from = oldest end
return {position, redis.call('XRANGE', stream, from, '+')}`)
)

// archive reads and writes histories.
type archive struct {
	client goredis.UniversalClient
	keys   keyspace
}

// past is what an archive has read.
type past struct {
	position string     // of the last message
	messages []*Message // oldest first
	// complete reports whether the messages are all that came after the position
	// that was asked for.
	complete bool
}

// args returns the arguments of a script, and more after those that all have.
func (a archive) args(h History, more ...any) []any {
	return append([]any{rand.Uint64N(1 << 40), h.age.Milliseconds(), (h.age + keepPosition).Milliseconds()}, more...)
}

// keep adds a message to the history and publishes it. It sends once: a reply that is
// lost may be that of a message which all subscribers get. What a server has refused
// is sent again, because it has not run: a script that is new to the server, and one
// for a replica. The client itself follows a redirection in a cluster.
func (a archive) keep(ctx context.Context, name string, h History, envelope []byte) error {
	args := a.args(h, h.messages, a.keys.topic(name), envelope)
	command, text := "evalsha", keepScript.hash
	var err error
	for range masterTries {
		all := append([]any{command, text, 2, a.keys.history(name), a.keys.lastPosition(name)}, args...)
		err = a.client.Process(ctx, &onceScript{goredis.NewCmd(ctx, all...)})
		switch {
		case goredis.HasErrorPrefix(err, "NOSCRIPT"):
			command, text = "eval", keepScript.source
		case !isReadOnly(err):
			return err
		}
	}
	return err
}

// after reads what came after a position.
func (a archive) after(ctx context.Context, name string, h History, position string) (past, error) {
	p, err := parsePlace(position)
	if err != nil {
		return past{}, err
	}
	return a.read(ctx, name, position, a.args(h, p.next().String(), -1))
}

// last reads some of the last messages. With zero it reads the last position only.
func (a archive) last(ctx context.Context, name string, h History, messages int) (past, error) {
	return a.read(ctx, name, "", a.args(h, "", messages))
}

// read runs the script that reads, for what came after a position if there is one.
func (a archive) read(ctx context.Context, name, after string, args []any) (past, error) {
	reply, err := readScript.Run(ctx, a.client, []string{a.keys.history(name), a.keys.lastPosition(name)}, args...).Slice()
	if err != nil {
		return past{}, err
	}
	if len(reply) != 2 {
		return past{}, errForeign
	}
	p, err := readPast(name, after, reply[0], reply[1])
	if err == nil && after == "" {
		slices.Reverse(p.messages)
	}
	return p, err
}

// errForeign is for a history that another program has changed.
var errForeign = errors.New("the history in redis is not one of ours")

// readPast reads the reply of the script. Messages that cannot be read are left out,
// and then the past is not complete.
func readPast(name, after string, position, entries any) (past, error) {
	text, ok := position.(string)
	list, listed := entries.([]any)
	if !ok || !listed {
		return past{}, errForeign
	}
	p := past{position: text, messages: make([]*Message, 0, len(list))}
	before, whole := after, true
	for _, e := range list {
		m, err := readEntry(name, e)
		if err != nil {
			whole = false
			continue
		}
		whole = whole && m.before == before
		before = m.Position
		p.messages = append(p.messages, m)
	}
	p.complete = whole && before == text
	return p, nil
}

// readEntry reads an entry of the stream: its id, and the fields m and b.
func readEntry(name string, entry any) (*Message, error) {
	pair, _ := entry.([]any)
	if len(pair) != 2 {
		return nil, errForeign
	}
	id, _ := pair[0].(string)
	fields := pairs(pair[1])
	envelope, _ := fields["m"].(string)
	before, _ := fields["b"].(string)
	m, err := decode(name, []byte(envelope), id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errForeign, err)
	}
	m.before = before
	return m, nil
}

// scriptText is a script with its text, which the client's own type hides.
type scriptText struct {
	*goredis.Script
	source, hash string
}

func newText(source string) scriptText {
	s := goredis.NewScript(source)
	return scriptText{s, source, s.Hash()}
}

// onceScript is a script that the client must not repeat when the reply is lost.
type onceScript struct{ *goredis.Cmd }

// NoRetry implements the interface of go-redis.
func (*onceScript) NoRetry() bool { return true }
