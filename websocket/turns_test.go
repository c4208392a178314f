package websocket_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/keryxtest"
)

// TestASlowChannelHoldsUpNoOther: while the app decides about one subscription, the client
// subscribes to others. Changes of the one are done in their order.
func TestASlowChannelHoldsUpNoOther(t *testing.T) {
	asked, decide := make(chan struct{}), make(chan struct{})
	app := keryxtest.Start(t, func(o keryx.Options) *keryx.API {
		api := keryx.New(o)
		api.Channels.Handle(channel.Channel{Name: "slow", Authorize: func(context.Context, *channel.Join) error {
			asked <- struct{}{}
			<-decide
			return nil
		}})
		api.Channels.Handle(channel.Channel{Name: "room:{room}"})
		return api
	}, keryxtest.Options{NoDatabase: true, Env: map[string]string{"LOG_LEVEL": "warn", "WS_MAX_MESSAGES_PER_SECOND": "0", "WS_MAX_SUBSCRIPTIONS": "0"}})
	c := dial(t, app)
	c.say(`{"messageType":"subscribe","channel":"slow","messageId":"in"}`)
	<-asked
	c.say(`{"messageType":"unsubscribe","channel":"slow","messageId":"out"}`)
	for i := range 300 {
		room := "room:" + strconv.Itoa(i)
		c.say(`{"messageType":"subscribe","channel":"` + room + `"}`)
		c.hearAbout(`{"subscribed":{"channel":"` + room + `"}}`)
	}
	close(decide)
	c.hearAbout(`{"messageId":"in","subscribed":{"channel":"slow"}}`)
	c.hearAbout(`{"messageId":"out","unsubscribed":{"channel":"slow"}}`)
}
