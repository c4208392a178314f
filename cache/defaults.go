package cache

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// SetDefaults sets the options of all calls with a client that do not say otherwise,
// in place of earlier defaults. Its observers are told of all events, also where a call
// has observers of its own. Version and Lock heed the Budget. It returns an error, and
// changes nothing, when an option is wrong or the client is nil.
//
//	err := cache.SetDefaults(rdb, cache.Budget(200*time.Millisecond), cache.Observe(cache.Log(nil)))
func SetDefaults(rdb redis.UniversalClient, opts ...Option) error {
	c := clients.of(rdb)
	if c == nil {
		return errNoClient
	}
	s := builtin()
	if err := s.add(opts); err != nil {
		return err
	}
	s.observe, s.observeAll = nil, s.observe
	c.defaults.Store(&s)
	return nil
}

// builtin returns the settings of a client without defaults of its own.
func builtin() settings { return settings{lease: defaultLease, budget: defaultBudget} }

// Stop ends what the functions of this package do in the background with a client, and
// waits for it: loads that go on without callers, refreshes, leases that are given back,
// probes of a Redis that does not answer. The contexts of loads end, also of those that
// callers wait for. When ctx ends first, Stop returns an error that names the keys of
// the loads that still run. Calls afterwards work as before.
//
// Stop does not close the client. Call it before you do.
func Stop(ctx context.Context, rdb redis.UniversalClient) error {
	c := clients.of(rdb)
	if c == nil {
		return errNoClient
	}
	return c.background.stop(ctx)
}
