package contender

import (
	"context"

	"github.com/dtm-labs/rockscache"
	gocache "github.com/eko/gocache/lib/v4/cache"
	"github.com/eko/gocache/lib/v4/store"
	gocacheredis "github.com/eko/gocache/store/redis/v4"
	rediscache "github.com/go-redis/cache/v9"
)

func goRedisCache() Contender {
	return Contender{
		Name: "go-redis/cache", module: "github.com/go-redis/cache/v9", URL: "https://github.com/go-redis/cache",
		Setup: "`Once`, without the optional local cache, which other processes could not invalidate; invalidated by its `Delete`.",
		Open: func(ctx context.Context, url string, load Load) (Cache, error) {
			rdb, closeAll, err := dial(ctx, url)
			if err != nil {
				return nil, err
			}
			c := rediscache.New(&rediscache.Options{Redis: rdb})
			return functions{
				get: func(ctx context.Context, key string) (value string, err error) {
					err = c.Once(&rediscache.Item{
						Ctx: ctx, Key: key, Value: &value, TTL: TTL,
						Do: func(item *rediscache.Item) (any, error) { return load(item.Context(), key) },
					})
					return value, err
				},
				invalidate: c.Delete,
				close:      closeAll,
			}, nil
		},
	}
}

func goCache() Contender {
	return Contender{
		Name: "gocache", module: "github.com/eko/gocache/lib/v4", URL: "https://github.com/eko/gocache",
		Setup: "a loadable cache over its Redis store; invalidated by its `Delete`.",
		Open: func(ctx context.Context, url string, load Load) (Cache, error) {
			rdb, closeAll, err := dial(ctx, url)
			if err != nil {
				return nil, err
			}
			stored := gocache.New[string](gocacheredis.NewRedis(rdb, store.WithExpiration(TTL)))
			c := gocache.NewLoadable(func(ctx context.Context, key any) (string, []store.Option, error) {
				value, err := load(ctx, key.(string))
				return value, nil, err
			}, stored)
			return functions{
				get:        func(ctx context.Context, key string) (string, error) { return c.Get(ctx, key) },
				invalidate: func(ctx context.Context, key string) error { return c.Delete(ctx, key) },
				close: func() error {
					_ = c.Close() // always nil
					return closeAll()
				},
			}, nil
		},
	}
}

func rocksCache() Contender {
	return rocks("rockscache", "`Fetch` with its default options; invalidated by `TagAsDeleted`. By design, an invalidated entry is "+
		"read until the new one is loaded. It takes no context, so the callers' deadlines do not apply to it; `Fetch2` takes one, but also "+
		"refreshes in the background with it, which fails when the caller is gone.", false)
}

func rocksCacheStrong() Contender {
	return rocks("rockscache-strong", "the same with `StrongConsistency`.", true)
}

func rocks(name, setup string, strong bool) Contender {
	return Contender{
		Name: name, module: "github.com/dtm-labs/rockscache", URL: "https://github.com/dtm-labs/rockscache", Setup: setup,
		Open: func(ctx context.Context, url string, load Load) (Cache, error) {
			rdb, closeAll, err := dial(ctx, url)
			if err != nil {
				return nil, err
			}
			options := rockscache.NewDefaultOptions()
			options.StrongConsistency = strong
			c := rockscache.NewClient(rdb, options)
			return functions{
				get: func(_ context.Context, key string) (string, error) {
					return c.Fetch(key, TTL, func() (string, error) { return load(context.Background(), key) })
				},
				invalidate: func(_ context.Context, key string) error { return c.TagAsDeleted(key) },
				close:      closeAll,
			}, nil
		},
	}
}
