package redis

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Ping returns nil when Redis answers on both connections, in a cluster when
// every master does. It does not wait for commands of the app: while all
// connections of a pool are in use, by commands that block or by slow scripts,
// it asks over one of its own, which is open from boot on. It waits as long as
// ctx and the read timeout allow.
func (c *Connections) Ping(ctx context.Context) error {
	for _, client := range []goredis.UniversalClient{c.Client, c.Subscription} {
		if c.probe == nil { // the clients are the app's own
			if err := ping(ctx, client); err != nil {
				return err
			}
			continue
		}
		if busy(client) {
			if err := ping(ctx, c.probe); err != nil {
				return err
			}
			continue
		}
		waited, err := pingFirst(ctx, client)
		if waited {
			err = ping(ctx, c.probe)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// busy reports whether all connections of a pool are in use; in a cluster,
// whether as many are as the pool of one server has.
func busy(client goredis.UniversalClient) bool {
	var size, most int
	switch c := client.(type) {
	case *goredis.Client:
		size, most = c.Options().PoolSize, c.Options().MaxActiveConns
	case *goredis.ClusterClient:
		size, most = c.Options().PoolSize, c.Options().MaxActiveConns
	default:
		return false
	}
	if most > 0 {
		size = min(size, most)
	}
	s := client.PoolStats()
	return int(s.TotalConns)-int(s.IdleConns) >= size
}

// pingFirst takes no more than half of the time that there is. It reports
// whether that was too short, or the pool's time to wait: commands of the app
// may have been quicker to take the last connections.
func pingFirst(ctx context.Context, client goredis.UniversalClient) (waited bool, err error) {
	half := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		half, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	err = ping(half, client)
	late := half.Err() != nil || errors.Is(err, goredis.ErrPoolTimeout) || errors.Is(err, goredis.ErrPoolExhausted)
	return err != nil && late && ctx.Err() == nil, err
}

func ping(ctx context.Context, client goredis.UniversalClient) error {
	cluster, ok := client.(*goredis.ClusterClient)
	if !ok {
		return client.Ping(ctx).Err()
	}
	return cluster.ForEachMaster(ctx, func(ctx context.Context, master *goredis.Client) error {
		return master.Ping(ctx).Err()
	})
}
