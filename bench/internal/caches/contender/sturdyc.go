package contender

import (
	"context"

	goredis "github.com/redis/go-redis/v9"
	"github.com/viccon/sturdyc"
)

// The size of an in-memory cache, as in the library's examples.
const (
	capacity           = 10000
	shards             = 10
	evictionPercentage = 10
)

func sturdyC() Contender {
	return Contender{
		Name: "sturdyc", module: "github.com/viccon/sturdyc", URL: "https://github.com/viccon/sturdyc",
		Setup: "`GetOrFetch`, in memory: by design each process has its own cache, which needs no Redis and which other processes cannot " +
			"invalidate; invalidated by its `Delete`.",
		Open: func(_ context.Context, _ string, load Load) (Cache, error) {
			c := sturdyc.New[string](capacity, shards, TTL, evictionPercentage)
			return functions{
				get: func(ctx context.Context, key string) (string, error) { return sturdyGet(ctx, c, key, load) },
				invalidate: func(_ context.Context, key string) error {
					c.Delete(key)
					return nil
				},
				close: func() error { return nil },
			}, nil
		},
	}
}

func sturdyCRedis() Contender {
	return Contender{
		Name: "sturdyc+redis", module: "github.com/viccon/sturdyc", URL: "https://github.com/viccon/sturdyc#distributed-storage",
		Setup: "the same with Redis as its distributed storage behind the memory of each process; invalidated by `DEL` and its `Delete`.",
		Open: func(ctx context.Context, url string, load Load) (Cache, error) {
			rdb, closeAll, err := dial(ctx, url)
			if err != nil {
				return nil, err
			}
			c := sturdyc.New[string](capacity, shards, TTL, evictionPercentage, sturdyc.WithDistributedStorage(storage{rdb}))
			return functions{
				get: func(ctx context.Context, key string) (string, error) { return sturdyGet(ctx, c, key, load) },
				invalidate: func(ctx context.Context, key string) error {
					err := rdb.Del(ctx, key).Err()
					c.Delete(key)
					return err
				},
				close: closeAll,
			}, nil
		},
	}
}

func sturdyGet(ctx context.Context, c *sturdyc.Client[string], key string, load Load) (string, error) {
	return c.GetOrFetch(ctx, key, func(ctx context.Context) (string, error) { return load(ctx, key) })
}

// storage lets sturdyc keep its records in Redis. sturdyc treats an error as a miss.
type storage struct{ rdb goredis.UniversalClient }

func (s storage) Get(ctx context.Context, key string) ([]byte, bool) {
	raw, err := s.rdb.Get(ctx, key).Bytes()
	return raw, err == nil
}

func (s storage) Set(ctx context.Context, key string, value []byte) {
	_ = s.rdb.Set(ctx, key, value, TTL).Err()
}

func (s storage) GetBatch(ctx context.Context, keys []string) map[string][]byte {
	found := map[string][]byte{}
	for _, key := range keys {
		if raw, ok := s.Get(ctx, key); ok {
			found[key] = raw
		}
	}
	return found
}

func (s storage) SetBatch(ctx context.Context, records map[string][]byte) {
	for key, value := range records {
		s.Set(ctx, key, value)
	}
}
