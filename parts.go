package keryx

import (
	"fmt"
	"slices"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/part"
	"github.com/keryx-go/keryx/web"
)

// Part is something that starts and stops with an app; see [part.Part].
type Part = part.Part

// Use adds parts to the app. It panics when the name of one is empty or taken, or
// when the app has started: [API.Replace] exchanges a part.
//
// The framework's own parts are "redis", "database", "migrations", "cache",
// "channels", "actions", "web" and, unless WS_ENABLED is false, "websocket".
func (api *API) Use(parts ...Part) {
	for _, p := range parts {
		switch name := p.Name(); {
		case name == "":
			panic(fmt.Sprintf("keryx: a part of type %T has no name", p))
		case api.prepared:
			panic(fmt.Sprintf("keryx: part %q: the app has started; add it before", name))
		case api.partIndex(name) >= 0:
			panic(fmt.Sprintf("keryx: part %q: another part has the same name; Replace exchanges it", name))
		}
		api.parts = append(api.parts, p)
	}
}

// Replace puts a part in the place of the one with the same name, which neither
// starts nor adds anything any more. It panics when there is none, or when the app
// has started. Fields of the API, such as Redis, still refer to the part that was
// replaced.
func (api *API) Replace(p Part) {
	i := api.partIndex(p.Name())
	switch {
	case api.prepared:
		panic(fmt.Sprintf("keryx: part %q: the app has started; replace it before", p.Name()))
	case i < 0:
		panic(fmt.Sprintf("keryx: part %q: there is none to replace; Use adds it", p.Name()))
	}
	api.parts[i] = p
}

func (api *API) partIndex(name string) int {
	return slices.IndexFunc(api.parts, func(p Part) bool { return p.Name() == name })
}

// prepare collects, once, what the parts add to the app, and closes the registries.
func (api *API) prepare() {
	api.mu.Lock()
	defer api.mu.Unlock()
	if api.prepared {
		return
	}
	api.prepared = true
	for _, p := range api.parts {
		if p, ok := p.(part.Configurer); ok {
			section, target := p.Settings()
			_ = api.Config.Bind(section, target) // Err returns it
		}
	}
	for _, p := range api.parts {
		api.extend(p)
	}
	api.Actions.Freeze()
	api.Channels.Freeze()
	api.Web.Freeze()
}

// extend adds what a part brings.
func (api *API) extend(p Part) {
	if p, ok := p.(action.Wrapper); ok {
		api.Actions.Use(p.Middleware()...)
	}
	if p, ok := p.(action.Provider); ok {
		p.Actions(api.Actions)
	}
	if p, ok := p.(channel.Provider); ok {
		for _, c := range p.Channels() {
			api.Channels.Handle(c)
		}
	}
	if p, ok := p.(part.Mounter); ok {
		for _, m := range p.Mounts() {
			api.Web.Mount(m)
		}
	}
	if p, ok := p.(part.Checker); ok {
		api.Web.AddCheck(web.Check{Name: p.Name(), Check: p.Ready})
	}
}

// serves reports whether a part answers clients.
func serves(p Part) bool {
	s, ok := p.(part.Server)
	return ok && s.Serves()
}
