package cache

import (
	"context"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"
)

// chunk is how many keys go into one pipeline, and how many a SCAN looks at.
const chunk = 1000

// Forget removes keys and returns how many of them were there. It is the raw DEL
// for many keys, in few round trips and without regard to cluster slots: it
// sends one UNLINK for each. A load that is running for one of the keys will not be
// stored.
//
// When a command fails the others are sent nevertheless, and the first error is
// returned. Unlike [Fetch] it does not give up on Redis by itself: ctx and the
// client's timeouts say how long it may take.
func Forget(ctx context.Context, rdb redis.UniversalClient, keys ...string) (int64, error) {
	c := clients.of(rdb)
	if c == nil {
		return 0, errNoClient
	}
	var removed int64
	var errs []error
	for some := range slices.Chunk(keys, chunk) {
		n, err := interruptible(ctx, c, some[0], func(ctx context.Context) (int64, error) { return unlink(ctx, rdb, some) })
		removed += n
		errs = append(errs, err)
	}
	return removed, firstError(errs)
}

// unlink removes keys with one pipeline.
func unlink(ctx context.Context, rdb redis.UniversalClient, keys []string) (int64, error) {
	pipe := rdb.Pipeline()
	for _, key := range keys {
		pipe.Unlink(ctx, key)
	}
	cmds, err := pipe.Exec(ctx)
	var removed int64
	for _, cmd := range cmds {
		removed += cmd.(*redis.IntCmd).Val()
	}
	return removed, err
}

func firstError(errs []error) error {
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}

// errEverything is what a pattern that matches every key gets.
var errEverything = errors.New("cache: the pattern matches every key: use the client's FlushDB if that is meant")
