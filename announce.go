package keryx

import (
	"runtime/debug"
	"slices"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/lifecycle"
)

// announce logs what has started, for a person to read at a glance.
func (api *API) announce(steps []lifecycle.Step) {
	api.Logger.Info("started", "initializers", graph(steps))
	for _, e := range api.Actions.All() {
		api.announceAction(e)
	}
	if url := api.Web.URL(); url != "" {
		api.Logger.Info(api.options.Name+" is listening", "url", url,
			"environment", api.Config.Process.Env, "version", api.options.Version)
	}
}

// announceAction logs an action that clients of the server reach, and over what
// where its route does not say it.
func (api *API) announceAction(e *action.Entry) {
	args := []any{"action", e.Name}
	if e.Only != nil {
		args = append(args, "only", strings.Join(e.Transports(), " "))
	}
	switch {
	case e.Reachable(connection.Web):
		path := strings.TrimSuffix(api.Config.Server.Web.APIRoute, "/") + e.Web.Path
		api.Logger.Info("route", append([]any{"method", e.Web.Method, "path", path}, args...)...)
	case api.WebSocket != nil && e.Reachable(connection.WebSocket):
		api.Logger.Info("no route", args...)
	}
}

// buildVersion is the version of the main module, or "(devel)".
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	revision := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.revision" })
	if info.Main.Version == "(devel)" && revision >= 0 {
		return "(devel) " + info.Settings[revision].Value
	}
	return info.Main.Version
}
