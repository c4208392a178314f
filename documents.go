package keryx

import (
	"github.com/keryx-go/keryx/asyncapi"
	"github.com/keryx-go/keryx/internal/apidoc"
	"github.com/keryx-go/keryx/openapi"
)

// newDocuments returns the part that describes the API in documents.
func newDocuments(api *API) Part {
	server := api.Config.Server
	return apidoc.New(apidoc.Options{
		Config: server.Docs, Route: server.Web.APIRoute, Actions: api.Actions,
		Documents: []apidoc.Document{
			{
				Name: "openapi", Short: "Print the OpenAPI document of the actions", Paths: []string{"/openapi.json", "/swagger"},
				Make: func() ([]byte, error) { return describeHTTP(api).JSON() },
			},
			{
				Name: "asyncapi", Short: "Print the AsyncAPI document of the WebSockets and channels", Paths: []string{"/asyncapi.json"},
				Make: func() ([]byte, error) { return describeSockets(api).JSON() },
			},
		},
	})
}

func describeHTTP(api *API) *openapi.Document {
	c, o := api.Config, api.options
	return openapi.Describe(openapi.Source{
		Actions: api.Actions.All(), Info: openapi.Info{Title: o.Name, Version: o.Version, Description: o.Description},
		URL: c.Server.Web.ApplicationURL + c.Server.Web.APIRoute, Statuses: c.statuses(o.ErrorStatuses),
		SessionCookie: c.Session.CookieName, Bearer: len(o.Authenticators) > 0,
	})
}

func describeSockets(api *API) *asyncapi.Document {
	o := api.options
	s := asyncapi.Source{
		Info: asyncapi.Info{Title: o.Name, Version: o.Version, Description: o.Description}, URL: api.Config.Server.Web.ApplicationURL,
	}
	if api.WebSocket != nil {
		s.Actions, s.Channels = api.Actions.All(), api.Channels.All()
	}
	return asyncapi.Describe(s)
}
