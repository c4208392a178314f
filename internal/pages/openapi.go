package pages

import (
	"reflect"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/openapi"
)

func document(api *keryx.API) ([]byte, error) {
	d := openapi.Describe(openapi.Source{
		Actions: api.Actions.All(), Info: openapi.Info{Title: "Greeter", Version: "2"}, SessionCookie: api.Config.Session.CookieName,
	})
	d.Servers = []openapi.Server{{URL: "https://api.example.com"}}
	return d.JSON()
}

// Said is what is broadcast in a room.
type Said struct {
	Text string `json:"text"`
}

func describedRooms(api *keryx.API) {
	api.Channels.Handle(channel.Channel{Name: "room:{room}", Sends: reflect.TypeFor[Said]()})
}
