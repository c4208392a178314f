package cache

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// leases acquires leases on one client's server: by SET NX GET, which costs Redis less
// than a script, where the server has it. It is not used before a script has run: a lease
// that no script may replace would keep callers waiting.
type leases struct{ setNXGet atomic.Int32 }

// The states of leases.setNXGet.
const (
	setNXGetUnknown int32 = iota
	setNXGetWorks         // as far as is known
	setNXGetRefused       // by the server
)

// acquire puts mark at the key in place of shown. It returns nil if mark is at the key,
// else what is.
func (s *leases) acquire(ctx context.Context, rdb redis.UniversalClient, key, mark string, shown []byte, ttl time.Duration) (*entry, error) {
	if shown == nil && s.setNXGet.Load() == setNXGetWorks {
		found, err := setIfAbsent(ctx, rdb, key, mark, ttl)
		if err == nil || unreachable(err) || !redis.HasErrorPrefix(err, "ERR") {
			return found, err
		}
		s.setNXGet.Store(setNXGetRefused)
	}
	v, err := acquireScript.Run(ctx, rdb, []string{key}, mark, shown, milliseconds(ttl)).Result()
	if err == nil {
		s.scriptsRan()
	}
	return foundAt(v, err, mark)
}

// scriptsRan notes that the server runs scripts.
func (s *leases) scriptsRan() { s.setNXGet.CompareAndSwap(setNXGetUnknown, setNXGetWorks) }

// command returns the command of acquire, for a pipeline.
func (s *leases) command(key, mark string, shown []byte, ttl time.Duration) command {
	c := scriptCommand(acquireScript, key, mark, shown, milliseconds(ttl))
	if shown != nil || s.setNXGet.Load() != setNXGetWorks {
		return c
	}
	c.send = func(ctx context.Context, p redis.Pipeliner) *redis.Cmd {
		return p.Do(ctx, setNXGetArgs(key, mark, ttl)...)
	}
	c.again = func(ctx context.Context, p redis.Pipeliner) *redis.Cmd {
		s.setNXGet.Store(setNXGetRefused)
		return acquireScript.Eval(ctx, p, []string{key}, mark, shown, milliseconds(ttl))
	}
	c.refused = func(err error) bool { return redis.HasErrorPrefix(err, "ERR") }
	return c
}

// foundAt returns what the reply to an acquire says: nil if mark is at the key, else
// what is.
func foundAt(v any, err error, mark string) (*entry, error) {
	found, ok := v.(string)
	switch {
	case errors.Is(err, redis.Nil), err == nil && (!ok || found == mark): // the client sends again when a reply was lost
		return nil, nil
	case err != nil:
		return nil, err
	}
	e := newEntry([]byte(found), nil)
	return &e, nil
}

// setIfAbsent is acquireScript for a key that should be absent, as one command. Servers
// older than Redis 7 refuse it with an error that begins with ERR.
func setIfAbsent(ctx context.Context, rdb redis.UniversalClient, key, mark string, ttl time.Duration) (*entry, error) {
	v, err := rdb.Do(ctx, setNXGetArgs(key, mark, ttl)...).Result()
	return foundAt(v, err, mark)
}

func setNXGetArgs(key, mark string, ttl time.Duration) []any {
	return []any{"SET", key, mark, "NX", "GET", "PX", milliseconds(ttl)}
}
