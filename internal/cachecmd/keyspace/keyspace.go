// Package keyspace inspects the keys of a Redis without blocking it: it finds keys with
// SCAN, never with KEYS.
package keyspace

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// page is the COUNT of one SCAN.
const page = 1000

// masters returns a client for every server with keys: the masters of a cluster, or the
// one server.
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

// Examples returns a few keys that match pattern. It scans only the first few thousand
// keys, so it may miss a match.
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

// refused reports whether err is an answer of a working server that lacks or forbids
// the command.
func refused(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply) && !errors.Is(err, redis.Nil)
}

// moved reports whether a cluster's node answers that it no longer holds a key.
func moved(err error) bool {
	return refused(err) && (strings.HasPrefix(err.Error(), "MOVED ") || strings.HasPrefix(err.Error(), "ASK "))
}
