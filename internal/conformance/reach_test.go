package conformance

import (
	"context"
	"net/http"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/stream"
)

// reached says which transports reach an action, by its route and its Only.
type reached struct {
	name                string
	routed              bool
	only                []string
	http, socket, shell bool
}

var reaches = []reached{
	{name: "plain", routed: true, http: true, socket: true, shell: true},
	{name: "hidden", shell: true},
	{name: "opened", only: []string{keryx.WebSocket}, socket: true},
	{name: "opened-too", only: []string{keryx.WebSocket, keryx.CLI}, socket: true, shell: true},
	{name: "web-only", routed: true, only: []string{keryx.Web}, http: true},
	{name: "socket-only", routed: true, only: []string{keryx.WebSocket}, socket: true},
	{name: "shell-only", routed: true, only: []string{keryx.CLI}, shell: true},
	{name: "not-web", routed: true, only: []string{keryx.CLI, keryx.WebSocket}, socket: true, shell: true},
	{name: "not-socket", routed: true, only: []string{keryx.Web, keryx.CLI}, http: true, shell: true},
	{name: "all", routed: true, only: []string{keryx.Web, keryx.WebSocket, keryx.CLI}, http: true, socket: true, shell: true},
}

// newReaches has the actions of the table, each once more with a stream for its
// result, and one that acts the action that it is told to.
func newReaches(o keryx.Options) *keryx.API {
	api := keryx.New(o)
	for _, r := range reaches {
		a := keryx.Action{Name: r.name, Only: r.only}
		streaming := keryx.Action{Name: r.name + "-stream", Only: r.only}
		if r.routed {
			a.Web, streaming.Web = keryx.POST("/"+a.Name), keryx.POST("/"+streaming.Name)
		}
		keryx.Handle(api, a, func(context.Context, struct{}) (string, error) { return r.name, nil })
		keryx.Handle(api, streaming, func(context.Context, struct{}) (*stream.EventStream, error) {
			return stream.Events(func(context.Context, *stream.Sender) error { return nil }), nil
		})
	}
	keryx.Handle(api, keryx.Action{Name: "act", Web: keryx.POST("/act")}, func(ctx context.Context, in struct {
		Name string `json:"name"`
	}) (any, error) {
		return api.Act(ctx, in.Name, nil)
	})
	return api
}

// TestReach: each transport reaches the right actions, and reports others as if they
// did not exist. Other actions reach all of them.
func TestReach(t *testing.T) {
	app := startApp(t, newReaches)
	socket := dial(t, app)
	for _, r := range reaches {
		t.Run(r.name, func(t *testing.T) {
			unnamed, named := notFound(""), notFound(r.name)
			want := row{want: `"` + r.name + `"`}
			choose(r.http, want, unnamed).check(t, overHTTP(app, t, r.name, "", "application/json", "{}"))
			choose(r.socket, want, named).check(t, callOver(t, socket, r.name, "{}"))
			choose(r.shell, want, named).check(t, runCommandOf(t, newReaches, r.name, "-q"))

			want.check(t, overHTTP(app, t, "act", "", "application/json", `{"name":"`+r.name+`"}`))
			want.check(t, callOver(t, socket, "act", `{"name":"`+r.name+`"}`))
			want.check(t, runCommandOf(t, newReaches, "act", "-q", "--name", r.name))
			if result, err := app.Act(t.Context(), r.name, nil); err != nil || result != r.name {
				t.Errorf("Act: %v, %v", result, err)
			}
		})
	}
}

// TestReachOfStreams is that of other results.
func TestReachOfStreams(t *testing.T) {
	app := startApp(t, newReaches)
	socket := dial(t, app)
	for _, r := range reaches {
		t.Run(r.name, func(t *testing.T) {
			name := r.name + "-stream"
			response := app.Send(http.MethodPost, "/api/"+name, nil)
			if r.http != (response.Status == http.StatusOK) || !r.http && response.Status != http.StatusNotFound {
				t.Errorf("HTTP: %d %s", response.Status, response.Body)
			}
			if got := callOver(t, socket, name, "{}"); !r.socket {
				notFound(name).check(t, got)
			} else if got.Error != nil { // an empty stream is its end
				t.Errorf("WebSocket: %+v", got.Error)
			}
			choose(r.shell, row{want: "[]"}, notFound(name)).check(t, runCommandOf(t, newReaches, name, "-q"))
		})
	}
}

func notFound(name string) row {
	message := "Action not found"
	if name != "" {
		message += ": " + name
	}
	return row{err: refusal{Type: "CONNECTION_ACTION_NOT_FOUND", Message: message}}
}

func choose(reached bool, yes, no row) row {
	if reached {
		return yes
	}
	return no
}

// TestOtherNamesOfAHiddenAction: nothing that a client may call it leads to it.
func TestOtherNamesOfAHiddenAction(t *testing.T) {
	app := startApp(t, newReaches)
	socket := dial(t, app)
	for _, name := range []string{
		"Hidden", "HIDDEN", " hidden", "hidden ", "hidden\n", "hidden\x00", "hidden\u200b", "ｈidden", "hıdden", "/hidden", "/api/hidden",
		"POST /hidden", "plain/../hidden", "hidden?a", "hidden#", "%68idden", "hidden,plain", "shell-only", "SHELL-ONLY", "web-only", "POST /api/shell-only",
	} {
		notFound(name).check(t, callOver(t, socket, name, "{}"))
	}
	for _, path := range []string{
		"/api/hidden", "/hidden", "/api/HIDDEN", "/api/%68idden", "/api//hidden", "/api/plain/../hidden", "/api/hidden/", "/api/./hidden", "/api?action=hidden",
		"/api/plain/hidden", "/api/shell-only", "/api/socket-only", "/?action=hidden", "/tasks/hidden", "/assets/hidden", "/.well-known/hidden",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			if r := app.Send(method, path, nil); r.Status < 300 || r.Status == http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d %s", method, path, r.Status, r.Body)
			}
		}
	}
}
