package keyspace

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// elements is the approximate number of elements to read of a large value.
	elements = 1000

	// leasePrefix begins the value of a key that package cache is loading.
	leasePrefix = "\x00lease:"
)

// ErrNoKey means that a key does not exist.
var ErrNoKey = errors.New("there is no such key")

// Value is the value of a key.
type Value struct {
	// Type is the result of TYPE, such as "string".
	Type string
	// Text is the value of a string.
	Text string
	// Lease is the token of the caller that is loading the value, and Left the
	// remaining time of that lease. Otherwise it is "".
	Lease string
	Left  time.Duration
	// Elements are the elements of a value of another type, for encoding/json: about
	// 1,000 at most, of Length elements in total.
	Elements any
	Shown    int
	Length   int64
}

// collections are the commands that count and read values that are not strings, and the
// functions that convert the replies.
var collections = map[string]struct {
	length string
	read   []any // the key comes second
	show   func(reply []any) (elements any, n int)
}{
	"hash":   {"HLEN", []any{"HSCAN", 0, "COUNT", elements}, showHash},
	"list":   {"LLEN", []any{"LRANGE", 0, elements - 1}, showList},
	"set":    {"SCARD", []any{"SSCAN", 0, "COUNT", elements}, showSet},
	"zset":   {"ZCARD", []any{"ZRANGE", 0, elements - 1, "WITHSCORES"}, showSortedSet},
	"stream": {"XLEN", []any{"XRANGE", "-", "+", "COUNT", elements}, showStream},
}

// Read returns the value of key, or [ErrNoKey]. It sends commands by name, because the
// client's methods for them would add 100 kB to every program.
func Read(ctx context.Context, rdb redis.UniversalClient, key string) (Value, error) {
	kind, err := rdb.Do(ctx, "TYPE", key).Text()
	if err != nil {
		return Value{}, err
	}
	v := Value{Type: kind}
	c, known := collections[kind]
	switch {
	case kind == "none":
		err = ErrNoKey
	case kind == "string":
		err = v.readString(ctx, rdb, key)
	case !known:
		err = fmt.Errorf("it holds a %s, which cannot be shown here: use redis-cli", kind)
	default:
		var reply []any
		if v.Length, err = rdb.Do(ctx, c.length, key).Int64(); err == nil {
			reply, err = rdb.Do(ctx, append([]any{c.read[0], key}, c.read[1:]...)...).Slice()
		}
		v.Elements, v.Shown = c.show(reply)
		if err == nil && v.Shown == 0 && v.Length > 0 {
			err = ErrNoKey
		}
	}
	if errors.Is(err, redis.Nil) {
		err = ErrNoKey // it has disappeared since its type was read
	}
	return v, err
}

func (v *Value) readString(ctx context.Context, rdb redis.UniversalClient, key string) (err error) {
	if v.Text, err = rdb.Do(ctx, "GET", key).Text(); err != nil {
		return err
	}
	if token, leased := strings.CutPrefix(v.Text, leasePrefix); leased {
		v.Lease = token
		v.Left, _, err = TTL(ctx, rdb, key)
	}
	return err
}

// TTL returns the remaining time of key, whether it has no end, or [ErrNoKey].
func TTL(ctx context.Context, rdb redis.UniversalClient, key string) (left time.Duration, forever bool, err error) {
	ms, err := rdb.Do(ctx, "PTTL", key).Int64()
	if err == nil && ms == -2 {
		err = ErrNoKey
	}
	return time.Duration(ms) * time.Millisecond, ms == -1, err
}
