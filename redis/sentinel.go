package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// findMaster fails unless one of the sentinels knows the master. The client
// would find out too, but waits for a silent sentinel with a lock in its hand,
// which Close needs, and so takes longer than Open may.
func findMaster(ctx, life context.Context, t *target, o Options) error {
	so, err := goredis.ParseFailoverURL(t.url)
	if err != nil {
		return err
	}
	sentinelSettings(so).apply(life, commands, o)

	answers := make(chan error, len(so.SentinelAddrs))
	for _, addr := range so.SentinelAddrs {
		sentinel := goredis.NewSentinelClient(&goredis.Options{
			Addr: addr, Username: so.SentinelUsername, Password: so.SentinelPassword,
			ClientName: so.ClientName, Protocol: so.Protocol, Dialer: so.Dialer,
			DialTimeout: so.DialTimeout, ReadTimeout: so.ReadTimeout, WriteTimeout: so.WriteTimeout,
			ContextTimeoutEnabled: true, MaxRetries: -1, DialerRetries: 1, DisableIdentity: true,
			MaintNotificationsConfig: noMaintNotifications(),
		})
		defer sentinel.Close()
		go func() { answers <- sentinel.GetMasterAddrByName(ctx, t.master).Err() }()
	}
	var errs []error
	for range so.SentinelAddrs {
		switch err := <-answers; {
		case err == nil:
			return nil
		case errors.Is(err, goredis.Nil):
			err = fmt.Errorf("the sentinel knows no master named %q", t.master)
			errs = append(errs, err)
		case strings.Contains(err.Error(), "unknown command"):
			errs = append(errs, fmt.Errorf("the server is no sentinel: %w", err))
		default:
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
