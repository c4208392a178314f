package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// clientCacheBytes bounds the memory of client-side caching.
	clientCacheBytes = 64 << 20
	// clientCacheStaleness is how long a read may be answered from memory
	// although the news that it changed got lost. It is a backstop: the news
	// usually takes a few milliseconds.
	clientCacheStaleness = 5 * time.Second
)

// clientCacheError is an [Options.ClientSideCache] that cannot be had.
type clientCacheError struct{ why string }

func (e *clientCacheError) Error() string { return e.why }

// checkClientCache refuses what go-redis would do without, and only log.
func checkClientCache(t *target, embedded bool) error {
	o := t.standalone
	switch {
	case embedded:
		return &clientCacheError{"the embedded Redis does not tell clients what changed"}
	case o == nil:
		return &clientCacheError{fmt.Sprintf("the client has none for a %s", t.kind)}
	case o.DB != 0:
		return &clientCacheError{fmt.Sprintf("it works on database 0 only, and the URL names %d", o.DB)}
	case o.Protocol == 2:
		return &clientCacheError{"it needs protocol 3, and the URL sets protocol=2"}
	}
	return nil
}

// withClientCache turns client-side caching on.
func withClientCache(o *goredis.Options) {
	o.ClientSideCacheConfig = &goredis.ClientSideCacheConfig{
		MaxMemoryBytes: clientCacheBytes, MaxStaleness: clientCacheStaleness,
	}
}

// proveClientCache fails unless a second read comes from memory and a change is
// heard of: a server or a proxy that knows no CLIENT TRACKING, and a user that
// may not use it, would go unnoticed otherwise.
func proveClientCache(ctx context.Context, commands goredis.UniversalClient, key string) error {
	client, ok := commands.(*goredis.Client)
	if !ok || client.Options().ClientSideCacheConfig == nil {
		return nil
	}
	if err := client.Set(ctx, key, "1", proofTTL).Err(); err != nil {
		return err
	}
	for range 2 {
		if err := client.Get(ctx, key).Err(); err != nil {
			return err
		}
	}
	if client.CSCStats().Hits == 0 {
		return &clientCacheError{"the server or a proxy before it refuses CLIENT TRACKING (an ACL has to allow client|tracking)"}
	}
	if err := client.Del(ctx, key).Err(); err != nil {
		return err
	}
	return hearOfDeletion(ctx, client, key)
}

func hearOfDeletion(ctx context.Context, client *goredis.Client, key string) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		err := client.Get(ctx, key).Err()
		if errors.Is(err, goredis.Nil) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return &clientCacheError{"the server does not say when a key has changed"}
		}
	}
}
