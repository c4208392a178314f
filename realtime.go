package keryx

import (
	"context"
	"net/http"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/session"
	"github.com/keryx-go/keryx/web"
	"github.com/keryx-go/keryx/websocket"
)

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

func (api *API) newWebSocket() *websocket.Server {
	c := api.Config.Server
	if !c.WebSocket.Enabled {
		return nil
	}
	return websocket.New(websocket.Options{
		Config: c.WebSocket, Actions: api.Actions, Channels: api.Channels,
		AllowedOrigins: c.Web.AllowedOrigins, ApplicationURL: c.Web.ApplicationURL,
		Describe: func(r *http.Request) *connection.Connection { return api.Web.Connection(r) },
		Attach:   api.Sessions.Attach, IncludeStack: c.Web.IncludeStackInErrors, Logger: api.Logger,
	})
}

func (api *API) newWeb() *web.Server {
	c := api.Config
	o := web.Options{
		Config: c.Server.Web, Actions: api.Actions, Name: c.Process.Name, Logger: api.Logger,
		Checks: api.checks(), HideInternals: c.Production(), Static: api.options.Static, Attach: api.Sessions.Attach,
	}
	if api.WebSocket != nil {
		o.Upgrade = api.WebSocket
	}
	return web.New(o)
}

func startWebSocket(ctx context.Context, api *API) error {
	if api.WebSocket == nil {
		return nil
	}
	return api.WebSocket.Start(ctx)
}

// stopWebSocket comes before the HTTP server stops, which answers upgrades with
// 503 meanwhile.
func stopWebSocket(ctx context.Context, api *API) error {
	api.Web.Drain()
	if api.WebSocket == nil {
		return nil
	}
	return api.WebSocket.Stop(ctx)
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
