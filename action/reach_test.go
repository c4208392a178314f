package action_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

func TestReachable(t *testing.T) {
	const web, socket, cli = connection.Web, connection.WebSocket, connection.CLI
	route := action.GET("/test")
	for _, test := range []struct {
		name string
		a    action.Action
		want []string
	}{
		{"no route", action.Action{}, []string{cli}},
		{"a route", action.Action{Web: route}, []string{web, socket, cli}},
		{"no route, opened to sockets", action.Action{Only: []string{socket}}, []string{socket}},
		{"no route, opened to sockets too", action.Action{Only: []string{cli, socket}}, []string{socket, cli}},
		{"no route, command line", action.Action{Only: []string{cli}}, []string{cli}},
		{"a route, HTTP only", action.Action{Web: route, Only: []string{web}}, []string{web}},
		{"a route, sockets only", action.Action{Web: route, Only: []string{socket}}, []string{socket}},
		{"a route, command line only", action.Action{Web: route, Only: []string{cli}}, []string{cli}},
		{"a route, all", action.Action{Web: route, Only: []string{cli, web, socket}}, []string{web, socket, cli}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, e := register(action.Options{}, test.a, returns("done", nil))
			if got := e.Transports(); !slices.Equal(got, test.want) {
				t.Errorf("reached over %q, want %q", got, test.want)
			}
			for _, transport := range []string{web, socket, cli} {
				if got := e.Reachable(transport); got != slices.Contains(test.want, transport) {
					t.Errorf("reachable over %s: %v", transport, got)
				}
			}
			if !e.Reachable(connection.Internal) || e.Reachable("carrier pigeon") || e.Reachable("") || e.Reachable("WebSocket") {
				t.Error("Go code must reach every action, and an unknown transport none")
			}
			if result, err := r.Act(t.Context(), "test", nil); err != nil || result != "done" {
				t.Errorf("Act: %v, %v", result, err)
			}
			if got := serve(t, e, nil); got != `"done"` { // to a transport of the app's own
				t.Errorf("Serve: %s", got)
			}
		})
	}
}

// TestTransportsAreFixed: transports are fixed at the registration. A later change of
// the app's list has no effect.
func TestTransportsAreFixed(t *testing.T) {
	only := []string{connection.CLI}
	_, e := register(action.Options{}, action.Action{Only: only}, returns(1, nil))
	only[0] = connection.WebSocket
	e.Transports()[0] = connection.WebSocket
	if e.Reachable(connection.WebSocket) || !e.Reachable(connection.CLI) || fmt.Sprint(e.Only, e.Transports()) != "[cli] [cli]" {
		t.Errorf("Only is %q, the action is reached over %q", e.Only, e.Transports())
	}
	_, routed := register(action.Options{}, action.Action{Web: action.GET("/a")}, returns(1, nil))
	routed.Transports()[0] = "nowhere"
	if !routed.Reachable(connection.Web) {
		t.Error("the list of all transports was changed")
	}
}

func TestOnlyPanics(t *testing.T) {
	for want, a := range map[string]action.Action{
		`its Only is empty; name a transport in it, or leave it out`:                              {Only: []string{}},
		`its Only names "websockets", which is no transport; those are ["web" "websocket" "cli"]`: {Only: []string{"websockets"}},
		`its Only names "CLI", which is no transport; those are ["web" "websocket" "cli"]`:        {Only: []string{"CLI"}},
		`its Only names "", which is no transport; those are ["web" "websocket" "cli"]`:           {Only: []string{""}},
		`its Only names "internal", but Go code reaches every action; leave it out`:               {Only: []string{connection.Internal}},
		`its Only names "cli" twice`: {Only: []string{connection.CLI, connection.WebSocket, connection.CLI}},
		`its Only names "web", but the action has no route; set Web, or leave "web" out`:                                                               {Only: []string{connection.Web}},
		`the route "GET nowhere": it needs a method and a path that starts with "/"`:                                                                   {Web: action.GET("nowhere"), Only: []string{connection.CLI}},
		`route GET /{id}: the parameter {id} is no input of the action, which has none: add a field with the tag ` + "`json:\"id\"`" + ` to its input`: {Web: action.GET("/{id}"), Only: []string{connection.CLI}},
	} {
		message := panics(func() { register(action.Options{}, a, returns(1, nil)) })
		if message != `keryx: action "test": `+want {
			t.Errorf("%+v: got %s, want %s", a, message, want)
		}
	}
}

func BenchmarkReachable(b *testing.B) {
	_, e := register(action.Options{}, action.Action{Web: action.GET("/a")}, returns(1, nil))
	for b.Loop() {
		if !e.Reachable(connection.WebSocket) {
			b.Fatal("not reachable")
		}
	}
}
