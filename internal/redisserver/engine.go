package redisserver

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/alicebob/miniredis/v2"
	wire "github.com/alicebob/miniredis/v2/server"

	"github.com/keryx-go/keryx/internal/redisserver/expiry"
	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// databases is how many databases there are, as in a Redis by default.
const databases = 16

// engine is the miniredis that holds the data. Its methods are called with the
// command lock held, so one at a time.
//
// miniredis keeps a TTL as the time that is left, and takes what has passed off
// all of them. That is slow with many keys, so its clock never runs for TTLs: a
// command that sets one runs at the zero of Unix time, with its deadline. What
// miniredis takes for the time left is then the deadline since 1970, and the
// engine deletes what is due.
type engine struct {
	redis    *miniredis.Miniredis
	commands *wire.Server
	expiry   *expiry.Queue
	cleanup  int // length of expiry from which outdated items are looked for
	self     *view
}

// view is one client as miniredis sees it. It has a selected database and
// watched keys.
type view struct {
	peer *wire.Peer
	out  *bytes.Buffer
	db   int
}

var epoch = time.Unix(0, 0).UTC()

// minCleanup is the least length at which the queue of deadlines is cleaned.
const minCleanup = 1024

func newEngine() (*engine, error) {
	m := miniredis.NewMiniRedis()
	conn, err := m.Dial() // starts it without a listener
	if err != nil {
		return nil, err
	}
	_ = conn.Close()
	return &engine{redis: m, commands: m.Server(), expiry: expiry.NewQueue(), cleanup: minCleanup, self: newView()}, nil
}

func (e *engine) close() { e.redis.Close() }

func newView() *view {
	v := &view{out: &bytes.Buffer{}}
	v.peer = wire.NewPeer(bufio.NewWriter(v.out))
	return v
}

// hasCommand reports whether miniredis has a command.
func (e *engine) has(name string) bool { return e.commands.IsRegisteredCommand(name) }

// run runs a command and returns the encoded reply, which is valid until the
// next call. A panic is the reply's error.
func (e *engine) run(v *view, now time.Time, args []string) (reply []byte) {
	defer func() {
		if p := recover(); p != nil {
			// The command held miniredis' lock, or did not. Nothing else does:
			// commands run one at a time.
			e.redis.TryLock()
			e.redis.Unlock()
			v.peer.Flush()
			reply = resp.Err(fmt.Sprintf("ERR the embedded Redis failed at %.30q: %v", args[0], p)).Append(nil, 2)
		}
	}()
	e.redis.SetTime(now)
	v.out.Reset()
	e.commands.Dispatch(v.peer, args)
	v.peer.Flush()
	if reply = v.out.Bytes(); !resp.Complete(reply) { // an error inside of an array, say
		return resp.Err(fmt.Sprintf("ERR the embedded Redis failed at %.30q: malformed reply %.60q", args[0], reply)).Append(nil, 2)
	}
	return reply
}

// value is [engine.run] for a reply to work with.
func (e *engine) value(v *view, now time.Time, args ...string) resp.Value {
	reply, err := resp.Parse(bufio.NewReader(bytes.NewReader(e.run(v, now, args))))
	if err != nil {
		return resp.Err("ERR the embedded Redis cannot read its own reply: " + err.Error())
	}
	return reply
}

// choose selects a database for a view.
func (e *engine) choose(v *view, db int) error {
	if db < 0 || db >= databases {
		return errors.New("ERR DB index is out of range")
	}
	e.value(v, epoch, "SELECT", strconv.Itoa(db))
	v.db = db
	return nil
}

// noteKey takes over the deadlines that a command may have given to a key.
func (e *engine) note(db int, key string) {
	d := e.redis.DB(db)
	if ttl := d.TTL(key); ttl > 0 {
		e.expiry.Set(expiry.Item{DB: db, Key: key}, epoch.Add(ttl))
	}
	if d.Type(key) != "hash" {
		return
	}
	fields, err := d.HKeys(key)
	if err != nil {
		return
	}
	for _, f := range fields {
		e.noteField(db, key, f)
	}
}

func (e *engine) noteField(db int, key, field string) {
	if ttl := e.redis.DB(db).HTTL(key, field); ttl > 0 {
		e.expiry.Set(expiry.Item{DB: db, Key: key, Hash: true, Field: field}, epoch.Add(ttl))
	}
}

// expire deletes what is due: what has a deadline in a millisecond that is over.
func (e *engine) expire(now time.Time) {
	now = now.Truncate(time.Millisecond).Add(-1)
	for {
		item, due := e.expiry.Due(now)
		if !due {
			break
		}
		deadline := e.deadline(item)
		switch {
		case deadline.IsZero():
		case deadline.After(now):
			e.expiry.Set(item, deadline)
		case item.Hash:
			if e.choose(e.self, item.DB) == nil {
				e.value(e.self, epoch, "HDEL", item.Key, item.Field)
			}
		default:
			e.redis.DB(item.DB).Del(item.Key)
		}
	}
	if e.expiry.Len() >= e.cleanup {
		e.expiry.Filter(func(i expiry.Item) bool { return !e.deadline(i).IsZero() })
		e.cleanup = max(minCleanup, 2*e.expiry.Len())
	}
}

// parseDeadline returns when an item expires, or the zero time.
func (e *engine) deadline(i expiry.Item) time.Time {
	var left time.Duration
	if i.Hash {
		left = e.redis.DB(i.DB).HTTL(i.Key, i.Field)
	} else {
		left = e.redis.DB(i.DB).TTL(i.Key)
	}
	if left == 0 {
		return time.Time{}
	}
	return epoch.Add(left)
}

// expiring returns about how many keys of a database have a TTL.
func (e *engine) expiring(db int) int {
	return e.expiry.Count(func(i expiry.Item) bool { return i.DB == db && !i.Hash && !e.deadline(i).IsZero() })
}

// swapped moves the deadlines of two databases that have been swapped.
func (e *engine) swapped(a, b int) {
	moved := expiry.NewQueue()
	e.expiry.Filter(func(i expiry.Item) bool {
		switch i.DB {
		case a:
			i.DB = b
		case b:
			i.DB = a
		}
		if deadline := e.deadline(i); !deadline.IsZero() {
			moved.Set(i, deadline)
		}
		return false
	})
	e.expiry = moved
}
