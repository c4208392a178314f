// Package keyspace looks at what a Redis holds, without getting in the way of
// those who use it: keys are found with SCAN, never with KEYS.
package keyspace

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// page is how many keys are asked for at once.
const page = 1000

// masters returns a client for every server that holds keys: the masters of a
// cluster, or the one server.
func masters(ctx context.Context, rdb redis.UniversalClient) ([]redis.Cmdable, error) {
	cluster, ok := rdb.(*redis.ClusterClient)
	if !ok {
		return []redis.Cmdable{rdb}, nil
	}
	var mu sync.Mutex
	var nodes []redis.Cmdable
	err := cluster.ForEachMaster(ctx, func(_ context.Context, node *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		nodes = append(nodes, node)
		return nil
	})
	return nodes, err
}

// Examples returns a few keys that match pattern. It looks at the first
// thousands of keys only, so it may find none where there are some.
func Examples(ctx context.Context, rdb redis.UniversalClient, pattern string, limit int) ([]string, error) {
	const pages = 10
	nodes, err := masters(ctx, rdb)
	var found []string
	for i := 0; i < len(nodes) && err == nil; i++ {
		var keys []string
		var cursor uint64
		for range pages {
			if keys, cursor, err = nodes[i].Scan(ctx, cursor, pattern, page).Result(); err != nil {
				return nil, err
			}
			found = append(found, keys...)
			if len(found) >= limit {
				return found[:limit], nil
			}
			if cursor == 0 {
				break
			}
		}
	}
	return found, err
}

// refused reports whether err is an answer of the server, which works, but does
// not have what was asked for or does not allow it.
func refused(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply) && !errors.Is(err, redis.Nil)
}

// moved reports whether a cluster's node answers that it does not hold a key any
// more.
func moved(err error) bool {
	return refused(err) && (strings.HasPrefix(err.Error(), "MOVED ") || strings.HasPrefix(err.Error(), "ASK "))
}
