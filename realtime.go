package keryx

import (
	"context"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/session"
)

// HandleChannel defines a channel: see [channel.Channel]. It panics, naming the
// channel, when that cannot work.
func HandleChannel(api *API, c channel.Channel) { api.Channels.Handle(c) }

func (api *API) newSessions() *session.Store {
	return session.NewStore(session.Options{
		Config: api.Config.Session, Redis: api.client, Logger: api.Logger,
	})
}

func (api *API) newChannels() *channel.Hub {
	return channel.NewHub(channel.Options{
		Client: api.client, Subscription: api.subscription,
		PresenceTTL: api.Config.Channels.PresenceTTL, Heartbeat: api.Config.Channels.HeartbeatInterval,
		HideInternals: api.Config.Production(), Logger: api.Logger,
	})
}

func startChannels(ctx context.Context, api *API) error { return api.Channels.Start(ctx) }

func stopChannels(ctx context.Context, api *API) error { return api.Channels.Stop(ctx) }

// client returns the Redis client, or nil before there is one.
func (api *API) client() goredis.UniversalClient {
	if api.Redis == nil {
		return nil
	}
	return api.Redis.Client
}

func (api *API) subscription() goredis.UniversalClient {
	if api.Redis == nil {
		return nil
	}
	return api.Redis.Subscription
}
