package contender

import (
	"context"

	"github.com/keryx-go/keryx/cache"
)

func keryx() Contender {
	return Contender{
		Name: "keryx", Ours: true, URL: "caching.md",
		Setup: "`cache.Fetch` without options; invalidated by the client's own `DEL`.",
		Open: func(ctx context.Context, url string, load Load) (Cache, error) {
			rdb, closeAll, err := dial(ctx, url)
			if err != nil {
				return nil, err
			}
			return functions{
				get: func(ctx context.Context, key string) (string, error) {
					return cache.Fetch(ctx, rdb, key, TTL, func(ctx context.Context) (string, error) { return load(ctx, key) })
				},
				invalidate: func(ctx context.Context, key string) error { return rdb.Del(ctx, key).Err() },
				close:      closeAll,
			}, nil
		},
	}
}
