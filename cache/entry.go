package cache

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// leasePrefix begins a lease. No JSON text contains a NUL byte.
	leasePrefix = "\x00lease:"

	// absence is what NotFound stores. It is null to every reader of JSON, and
	// the space, which encoding/json never writes, tells it from a null that was
	// loaded.
	absence = "null "
)

// entryState is what Redis shows at a key.
type entryState uint8

const (
	absent   entryState = iota // no such key
	stored                     // a value, or something that should be one
	leased                     // a caller loads the value
	unusable                   // Redis failed, or the key is of another type: err
	ended                      // the caller's context ended first: err
)

// entry is one look at a key.
type entry struct {
	state entryState
	raw   []byte        // what is stored: the value, or the lease with its token
	left  time.Duration // the time to live, if it was asked for; negative for none
	err   error

	shared *shared // with the other callers that get this entry; nil: there are none
}

// look reads key once.
func look(ctx context.Context, rdb redis.UniversalClient, key string, withTTL bool) entry {
	if withTTL {
		return lookWithTTL(ctx, rdb, key)
	}
	raw, err := rdb.Get(ctx, key).Bytes()
	return newEntry(raw, err)
}

// lookWithTTL reads value and time to live in one round trip. They may belong to
// two entries when the key changes in between. The value is right at the moment of
// its read even then; only a refresh may begin too early or a little later.
func lookWithTTL(ctx context.Context, rdb redis.UniversalClient, key string) entry {
	pipe := rdb.Pipeline()
	get, ttl := pipe.Get(ctx, key), pipe.PTTL(ctx, key)
	_, _ = pipe.Exec(ctx) // each command has its own error
	raw, err := get.Bytes()
	e := newEntry(raw, err)
	if e.left = -1; ttl.Err() == nil {
		e.left = ttl.Val()
	}
	return e
}

func newEntry(raw []byte, err error) entry {
	switch {
	case err == nil && len(raw) >= len(leasePrefix) && string(raw[:len(leasePrefix)]) == leasePrefix:
		return entry{state: leased, raw: raw}
	case err == nil:
		return entry{state: stored, raw: raw}
	case errors.Is(err, redis.Nil):
		return entry{state: absent}
	}
	return entry{state: unusable, err: err}
}

// token returns the token of a lease.
func (e *entry) token() string { return string(e.raw[len(leasePrefix):]) }

// stale reports whether the entry outlived its TTL and lives on Stale's time.
func (e *entry) stale(extra time.Duration) bool { return e.left >= 0 && e.left < extra }
