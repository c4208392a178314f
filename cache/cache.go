// Package cache keeps what is slow to load in Redis, through plain functions
// over a standard go-redis client.
//
// [Fetch] is cache-aside that holds under fire:
//
//	user, err := cache.Fetch(ctx, rdb, fmt.Sprintf("cache:user:%d", id), time.Minute,
//		func(ctx context.Context) (*User, error) { return findUser(ctx, id) })
//
// A hit costs one GET. On a miss one caller, of all processes, loads the value
// and stores it; the others wait for it. The stored value is plain JSON, so any
// other client of any language reads it, and the raw DEL of any client is a
// correct invalidation at any moment, while a load is running too.
//
// # What is in Redis
//
// The key of the caller, and no other:
//
//	{"id":1,"name":"Ada"}     the value, as encoding/json writes it
//	null␠                     "not found", remembered by [NotFound]: null and one space
//	\x00lease:<token>         a caller loads the value at this moment
//	{"id":1,…}\n␠⇥␠␠⇥…        a value of [Stale] that a caller refreshes: JSON, then whitespace
//
// So a reader that knows nothing of this package gets JSON, no key, or, while
// the first load of a key runs, a string that begins with a NUL byte and is to be
// treated as a miss. A writer that knows nothing of it may SET plain JSON.
//
// # How it stays right
//
// The lease lives in the key itself, and the script that stores a loaded value
// replaces only the lease of that very load. A DEL removes the lease like any
// value, so what was read before the DEL is never stored after it. Nor is it
// handed out: a caller always asks Redis first and joins a load of its own process
// only when Redis shows that load's token, which a DEL would have removed.
//
// When Redis does not answer, Fetch calls load and returns what it gives. That has
// a price: while Redis cannot be asked, the callers of one process share the load
// that runs, whenever it began.
//
// # What is kept in the process
//
// Loads in flight and whether Redis answers are remembered for each client, not
// for the program: the state hangs on the client that is passed in, by a weak
// pointer, so it is shared by all users of that client, never by two
// clients, and goes when the client is collected. It holds no values. A client
// made by WithTimeout is another client.
//
// # What it cannot do
//
// Redis replicates asynchronously: a failover may lose a DEL that was
// acknowledged, and the replica then serves the deleted value until its TTL ends.
// The same holds for reads sent to replicas. [Lock] has the same limit.
package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/redis/go-redis/v9"
)

// Fetch returns the value stored under key, or calls load, stores what it
// returns for ttl, and returns that. It makes one load of a key at a time,
// however many callers and processes ask for it.
//
// The value is stored as JSON and comes back as encoding/json decodes it, for a
// miss as for a hit: callers share no memory, and what T does not encode is gone.
// nil, 0, "" and empty slices are values like others. An entry that is not JSON of
// T is loaded anew and replaced.
//
// load runs in a goroutine of its own with the context of the caller that
// started it, without that context's deadline and cancellation. When every caller has
// left, it goes on for a time (see [KeepLoading]), is stored, and later callers join it.
// Its error goes, as it is, to every caller that waits, and nothing is stored. If it panics, or calls
// [runtime.Goexit], so does the call that started it; the others get a [*PanicError].
// Do not fetch inside a transaction what it has written: load would read, and
// every caller get, what may never be committed.
//
// A load may fetch other keys. One that would wait for itself, directly or through the
// loads of other keys in this process, gets an error.
//
// Fetch fails when load does, when ctx ends (with ctx.Err()), and for a ttl or an
// option that is not positive. Redis is no reason to fail: when it cannot be read
// within the budget (see [Budget]), load is called, once for all callers of this
// client, and nothing is stored; when it cannot be written, the value is
// returned all the same. An observer (see [Observe]) is told. While Redis does not
// answer, Fetch does not ask it again but has it probed in the background.
//
// With a client whose ContextTimeoutEnabled is false, or that is not one of
// go-redis, every operation needs a goroutine more to keep its deadline.
func Fetch[T any](ctx context.Context, rdb redis.UniversalClient, key string, ttl time.Duration,
	load func(context.Context) (T, error), opts ...Option) (T, error) {
	var zero T
	c := clients.of(rdb)
	if c == nil {
		return zero, errNoClient
	}
	s, err := collect(c.defaults.Load(), ttl, opts)
	if err == nil {
		err = checkTTL[T](&s)
	}
	if err != nil {
		return zero, err
	}
	began := time.Now()
	if s.stale == 0 && c.expectsMiss(ctx, key) {
		return fetch[T](ctx, newRequest(c, rdb, key, s, began, load), entry{state: absent})
	}
	e := c.read(ctx, rdb, key, s.budget, s.stale > 0, began)
	c.recent.note(e)
	if e.state == stored {
		var value T
		if s.remembersAbsence(e) {
			s.report(EventHit, key, began, nil)
			return value, s.notFound
		}
		if decode(&e, &value) == nil {
			if s.stale > 0 && e.stale(s.stale) {
				s.report(EventStale, key, began, nil)
				refresh(ctx, c, rdb, key, s, began, load, e)
			} else {
				s.report(EventHit, key, began, nil)
			}
			return value, nil
		}
	}
	return fetch[T](ctx, newRequest(c, rdb, key, s, began, load), e)
}

// fetch goes on where the first read was no hit. It is apart from Fetch so that
// a hit pays for none of its variables.
func fetch[T any](ctx context.Context, r *request, e entry) (T, error) {
	var value T
	r.decode = func(raw []byte) error {
		var fresh T
		err := json.Unmarshal(raw, &fresh)
		if err == nil {
			value = fresh
		}
		return err
	}
	r.assign = func(v any) bool {
		typed, ok := v.(T)
		value = typed
		return ok || v == nil
	}
	err := r.resolve(ctx, e)
	return value, err
}

// newRequest binds load, whose type only Fetch knows, to what the rest of the
// package works with: encoded values.
func newRequest[T any](c *client, rdb redis.UniversalClient, key string, s settings, began time.Time,
	load func(context.Context) (T, error)) *request {
	return &request{client: c, rdb: rdb, key: key, settings: s, began: began,
		load: func(ctx context.Context) result {
			value, err := load(ctx)
			if err != nil {
				return result{err: err}
			}
			return encode(value, &s)
		}}
}

// encode returns the result of a load that has succeeded.
func encode[T any](value T, s *settings) result {
	raw, err := json.Marshal(value)
	if err != nil {
		return result{value: value, corrupt: err}
	}
	// What would not come back must not be stored: it would be loaded
	// again at every call, and every time look like a hit to others.
	var back T
	if err := json.Unmarshal(raw, &back); err != nil {
		return result{value: value, corrupt: err}
	}
	ttl := s.ttl
	if s.ttlOf != nil {
		ttl = min(ttl, s.ttlOf.(func(T) time.Duration)(value))
	}
	return result{raw: raw, value: back, ttl: ttl}
}

// checkTTL returns an error when the function of [TTL] is not for values of type T.
func checkTTL[T any](s *settings) error {
	if _, ok := s.ttlOf.(func(T) time.Duration); s.ttlOf != nil && !ok {
		return fmt.Errorf("cache: TTL got a %T, and the values are of type %v", s.ttlOf, reflect.TypeFor[T]())
	}
	return nil
}

// errNoClient is what a nil client gets; load is not called.
var errNoClient = errors.New("cache: the client is nil: pass the go-redis client to use")
