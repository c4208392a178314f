package contender

import (
	"context"
	"encoding/json"
	"errors"

	goredis "github.com/redis/go-redis/v9"
)

// byHand is a minimal helper: GET, load, SET.
func byHand() Contender {
	return Contender{
		Name:  "by-hand",
		Setup: "a minimal helper: `GET`, and on a miss the load and `SET`; invalidated by `DEL`.",
		Open: func(ctx context.Context, url string, load Load) (Cache, error) {
			rdb, closeAll, err := dial(ctx, url)
			if err != nil {
				return nil, err
			}
			return functions{
				get:        func(ctx context.Context, key string) (string, error) { return cached(ctx, rdb, key, load) },
				invalidate: func(ctx context.Context, key string) error { return rdb.Del(ctx, key).Err() },
				close:      closeAll,
			}, nil
		},
	}
}

func cached(ctx context.Context, rdb goredis.UniversalClient, key string, load Load) (string, error) {
	var value string
	hit, err := rdb.Get(ctx, key).Bytes()
	if err == nil {
		return value, json.Unmarshal(hit, &value)
	}
	if !errors.Is(err, goredis.Nil) {
		return value, err
	}
	if value, err = load(ctx, key); err != nil {
		return value, err
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return value, err
	}
	return value, rdb.Set(ctx, key, encoded, TTL).Err()
}
