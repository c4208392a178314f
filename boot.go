package keryx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/console"
	"github.com/keryx-go/keryx/internal/suggest"
)

// warn logs settings and routes that work and are probably not meant.
func warn(api *API) {
	if api.Config.Production() {
		for _, d := range dangers(api.Config) {
			api.Logger.Warn("dangerous in production", "setting", d.variable, "means", d.means)
		}
	}
	route := api.Config.Server.Web.APIRoute
	for _, e := range api.Actions.All() {
		if strings.HasPrefix(e.Web.Path+"/", route+"/") {
			api.Logger.Warn(fmt.Sprintf("action %q is served at %s%s: WEB_SERVER_API_ROUTE adds %[2]s, so leave it out of the route", e.Name, route, e.Web.Path))
		}
	}
	known := []string{"production", "development", "test"}
	name := api.Config.Process.Env
	if slices.Contains(known, name) {
		return
	}
	if meant := suggest.Closest(name, known); len(meant) > 0 {
		api.Logger.Warn(fmt.Sprintf("%s is %q: did you mean %s?", environmentVariable(api), name, meant[0]))
	}
}

// environmentVariable returns the variable that has named the environment.
func environmentVariable(api *API) string {
	const variable = "KERYX_ENV"
	for _, s := range api.Config.Settings() {
		if s.Variable != variable {
			continue
		}
		if _, other, found := strings.Cut(s.Source, "("); found { // "environment (NODE_ENV)"
			return strings.TrimSuffix(other, ")")
		}
	}
	return variable
}

// announce logs that the app serves, and what it serves to everybody.
func announce(api *API) {
	url := api.Web.URL()
	if url == "" {
		return
	}
	var names []string
	for _, e := range action.Open(api.Actions.All()) {
		if e.Reachable(connection.Web) || api.WebSocket != nil {
			names = append(names, e.Name)
		}
	}
	channels := 0
	for _, c := range api.Channels.All() {
		if c.Open() {
			channels++
		}
	}
	var open []any
	add := func(key string, names []string) {
		if len(names) > 0 {
			open = append(open, key, console.List(names))
		}
	}
	add("actions", names)
	add("handlers", api.Web.OpenHandlers())
	if files := api.Web.StaticFiles(); files != "" {
		open = append(open, "files", files)
	}
	if channels > 0 && api.WebSocket != nil {
		open = append(open, "channels", channels)
	}
	if open != nil {
		api.Logger.Info("open to everybody", open...)
	}
	api.Logger.Info(api.options.Name+" is listening", "url", url,
		"environment", api.Config.Process.Env, "version", api.options.Version)
}
