package redis

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// pingBusy is ping for a client whose connections may all be in use. Then it asks over
// probe, if there is one.
func pingBusy(ctx context.Context, client, probe goredis.UniversalClient) error {
	switch {
	case probe == nil: // the clients are the app's own
		return ping(ctx, client)
	case busy(client):
		return ping(ctx, probe)
	}
	waited, err := pingFirst(ctx, client)
	if waited {
		err = ping(ctx, probe)
	}
	return err
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
