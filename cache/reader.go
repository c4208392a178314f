package cache

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cache/internal/gather"
)

// gatherSize bounds the reads of one server, or of one stripe of a cluster's slots.
var gatherSize = gather.Size{Leaders: 16, Batch: 64}

// reader reads the keys of a gatherer with a go-redis client.
type reader struct{ rdb redis.UniversalClient }

var _ gather.Reader[entry] = reader{}

func (r reader) ReadOne(ctx context.Context, key string) entry { return look(ctx, r.rdb, key, false) }

// ReadAll reads keys in a pipeline.
func (r reader) ReadAll(ctx context.Context, keys []string) []entry {
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

func (r reader) Failed(err error) entry { return entry{state: unusable, err: err} }

// Share makes callers that get the same entry decode its value once.
func (r reader) Share(e *entry) { e.shared = &shared{} }
