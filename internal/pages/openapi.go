package pages

import (
	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/openapi"
)

func document(api *keryx.API) ([]byte, error) {
	d := openapi.Describe(openapi.Source{
		Actions: api.Actions.All(), Info: openapi.Info{Title: "Greeter", Version: "2"}, SessionCookie: api.Config.Session.CookieName,
	})
	d.Servers = []openapi.Server{{URL: "https://api.example.com"}}
	return d.JSON()
}
