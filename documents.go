package keryx

import "github.com/keryx-go/keryx/openapi"

// newOpenAPI returns the part that describes the actions.
func newOpenAPI(api *API) Part {
	c, o := api.Config, api.options
	return openapi.New(openapi.Options{
		Config: c.Server.OpenAPI, Route: c.Server.Web.APIRoute, Actions: api.Actions,
		Source: openapi.Source{
			Info: openapi.Info{Title: o.Name, Version: o.Version, Description: o.Description},
			URL:  c.Server.Web.ApplicationURL + c.Server.Web.APIRoute, Statuses: c.statuses(o.ErrorStatuses),
			SessionCookie: c.Session.CookieName, Bearer: len(o.Authenticators) > 0,
		},
	})
}
