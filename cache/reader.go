package cache

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache/internal/gather"
)

// gatherSize bounds the reads of one server, or of one stripe of a cluster's slots.
var gatherSize = gather.Size{Leaders: 16, Batch: 64}

// reader reads the keys of a gatherer with a go-redis client, for one caller.
type reader struct {
	*client
	rdb    redis.UniversalClient
	budget time.Duration
	sent   *atomic.Int64 // when it sent a request, on the client's clock; nil: that is not asked
}

var _ gather.Reader[entry] = reader{}

func (r reader) ReadOne(ctx context.Context, key string) entry {
	r.noteSent()
	return look(ctx, r.rdb, key, false)
}

// ReadAll reads keys in a pipeline.
func (r reader) ReadAll(ctx context.Context, keys []string) []entry {
	r.noteSent()
	pipe := r.rdb.Pipeline()
	replies := make([]*redis.StringCmd, len(keys))
	for i, key := range keys {
		replies[i] = pipe.Get(ctx, key)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	found := make([]entry, len(keys))
	for i, reply := range replies {
		found[i] = newEntry(reply.Bytes())
	}
	return found
}

func (r reader) noteSent() {
	if r.sent != nil {
		r.sent.Store(r.since(time.Now()))
	}
}

// Renew begins another budget, unless Redis has been given up.
func (r reader) Renew(caller context.Context, key string) (ctx context.Context, alone, ok bool) {
	if r.breaker(key).open.Load() {
		return nil, false, false
	}
	ctx, alone = r.bound(caller, r.budget, time.Now())
	return ctx, alone, true
}

func (r reader) Failed(err error) entry { return entry{state: unusable, err: err} }

// Share makes callers that get the same entry decode its value once.
func (r reader) Share(e *entry) { e.shared = &shared{} }
