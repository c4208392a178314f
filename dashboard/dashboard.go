// Package dashboard serves a page about an app at /docs: each action as HTTP requests,
// WebSockets and the command line reach it, with its inputs, its result, its errors and
// who may call it, and a form to try it; the channels; and Swagger UI on the OpenAPI
// document. The package is a part, paid for by import:
//
//	api.Use(dashboard.New(dashboard.Options{
//		Actions: api.Actions, Channels: api.Channels, OpenAPI: api.OpenAPI,
//	}))
//
// In production it is off, unless DASHBOARD_ENABLED turns it on: then anybody can read it.
package dashboard

import (
	"context"
	"net/http"
	"sync"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/part"
)

// Options are what the page is made of.
type Options struct {
	// Actions are those of the app. Required.
	Actions *action.Registry
	// OpenAPI returns the OpenAPI document of the app, as [keryx.API.OpenAPI] does. It is
	// called once, when the page is asked for first. Required.
	OpenAPI func() ([]byte, error)
	// Channels are those that clients subscribe to. Nil: there are none.
	Channels *channel.Hub
	// NoWebSocket says that the app serves no WebSockets.
	NoWebSocket bool
	// Around wraps every handler of the page, so that it may refuse callers. Nil: anybody
	// who reaches the server can read it.
	Around func(http.Handler) http.Handler
}

// Settings are the DASHBOARD_* settings.
type Settings struct {
	Enabled bool   `env:"DASHBOARD_ENABLED" envDefault:"true" envDefault.production:"false" doc:"Whether to serve the page about the API. Anybody can read it."`
	Route   string `env:"DASHBOARD_ROUTE" envDefault:"/docs" pattern:"^(/[A-Za-z0-9._~-]+)+$" doc:"Where the page is."`
}

// Part serves the page.
type Part struct {
	options  Options
	settings Settings
}

var (
	_ part.Configurer = (*Part)(nil)
	_ part.Mounter    = (*Part)(nil)
)

// New returns the part. It panics without Actions or OpenAPI.
func New(o Options) *Part {
	if o.Actions == nil || o.OpenAPI == nil {
		panic("keryx: dashboard.New: Options.Actions or Options.OpenAPI is nil; set them to api.Actions and api.OpenAPI")
	}
	if o.Around == nil {
		o.Around = func(h http.Handler) http.Handler { return h }
	}
	return &Part{options: o}
}

// Name returns "dashboard".
func (p *Part) Name() string { return "dashboard" }

// DependsOn returns nil.
func (p *Part) DependsOn() []string { return nil }

// Start does nothing.
func (p *Part) Start(context.Context) error { return nil }

// Stop does nothing.
func (p *Part) Stop(context.Context) error { return nil }

// Settings returns the DASHBOARD_* settings.
func (p *Part) Settings() (section string, target any) { return "Dashboard", &p.settings }

// Mounts returns the handlers of the page and of what it loads.
func (p *Part) Mounts() []part.Mount {
	if !p.settings.Enabled {
		return nil
	}
	route := p.settings.Route
	document := sync.OnceValues(p.options.OpenAPI)
	mount := func(path string, h http.Handler) part.Mount {
		return part.Mount{Pattern: "GET " + route + path, Handler: p.options.Around(h)}
	}
	return []part.Mount{
		mount("", p.page(pagePolicy, document, render)),
		mount("/openapi", p.page(swaggerPolicy, document, renderSwagger)),
		mount("/openapi.json", &content{kind: "application/json", made: document}),
		mount("/{$}", http.RedirectHandler(route, http.StatusMovedPermanently)),
		mount("/assets/{file}", http.HandlerFunc(serveAsset)),
	}
}

// page returns the handler of a page.
func (p *Part) page(policy string, openAPI func() ([]byte, error), render func(*model) []byte) http.Handler {
	return newPage(policy, func() ([]byte, error) {
		data, err := openAPI()
		if err != nil {
			return nil, err
		}
		d, err := parseDocument(data)
		if err != nil {
			return nil, err
		}
		return render(describe(p.options, p.settings.Route, d)), nil
	})
}
