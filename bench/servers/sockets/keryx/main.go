// Command keryx is a small app with WebSockets for the sockets suite: one action
// answers, one broadcasts on a channel. The directory beside it has the same server
// written by hand.
package main

import (
	"context"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/bench/internal/sockets/memory"
	"github.com/keryx-go/keryx/channel"
)

func main() { keryx.Main(newApp(keryx.Options{})) }

type echoInput struct {
	Text string `json:"text" maxLength:"1000"`
}

type echoed struct {
	Text   string `json:"text"`
	Length int    `json:"length"`
}

type news struct {
	N    int64  `json:"n"`
	Text string `json:"text" maxLength:"1000"`
}

type sent struct {
	N int64 `json:"n"`
}

// newApp makes the app; tests give it settings of their own.
func newApp(o keryx.Options) *keryx.API {
	o.Name, o.Description = "sockets", "The app of the sockets suite"
	api := keryx.New(o)
	keryx.Handle(api, keryx.Action{Name: "echo", Only: []string{keryx.WebSocket}}, func(_ context.Context, in echoInput) (echoed, error) {
		return echoed{in.Text, len(in.Text)}, nil
	})
	keryx.Handle(api, keryx.Action{Name: "broadcast", Only: []string{keryx.WebSocket}}, func(ctx context.Context, in news) (sent, error) {
		return sent{in.N}, api.Channels.Broadcast(ctx, "news", in, "bench")
	})
	keryx.Handle(api, keryx.Action{Name: "keep", Only: []string{keryx.WebSocket}}, func(ctx context.Context, in news) (sent, error) {
		return sent{in.N}, api.Channels.Broadcast(ctx, "kept", in, "bench")
	})
	keryx.Handle(api, keryx.Action{Name: "memory", Only: []string{keryx.WebSocket}}, func(context.Context, struct{}) (memory.Use, error) {
		return memory.Read(), nil
	})
	// All sockets share one presence key. Otherwise every join would be announced to the
	// sockets before it, which the by-hand server does not do.
	reader := func(context.Context, *channel.Join) (string, error) { return "reader", nil }
	api.Channels.Handle(channel.Channel{Name: "news", PresenceKey: reader})
	api.Channels.Handle(channel.Channel{Name: "kept", PresenceKey: reader, History: channel.Last(1000, time.Hour)})
	return api
}
