package pages

import (
	"context"
	"errors"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/websocket"
)

// takeAway takes rights from the sockets of a user.
func takeAway(ctx context.Context, api *keryx.API) error {
	return errors.Join(
		api.WebSocket.Recheck(ctx, websocket.Subject("7")),         // Authorize decides again, for all channels
		api.WebSocket.Evict(ctx, "room:5", websocket.Subject("7")), // out of one channel
		api.WebSocket.Disconnect(ctx, websocket.Subject("7")),      // the sockets are closed, with 1008
	)
}

// byAddress returns a function that closes the sockets of an address.
func byAddress(api *keryx.API) func(context.Context) error {
	api.WebSocket.Predicate("address", func(ctx context.Context, address string) bool { // before the app starts
		return connection.From(ctx).RemoteAddr == address
	})
	return func(ctx context.Context) error {
		return api.WebSocket.Disconnect(ctx, websocket.Matching("address", "192.0.2.7"))
	}
}
