package action_test

import (
	"context"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

// TestOpen has what anybody may run.
func TestOpen(t *testing.T) {
	guarded := func(g action.Guard) []action.Middleware {
		return []action.Middleware{func(next action.Handler) action.Handler { action.Describe(next, g); return next }}
	}
	r := action.NewRegistry(action.Options{})
	for name, a := range map[string]action.Action{
		"open":     {Web: action.GET("/open")},
		"limited":  {Web: action.GET("/limited"), Middleware: guarded(action.Guard{Name: "rate limit"})},
		"socket":   {Only: []string{connection.WebSocket}},
		"hidden":   {},
		"internal": {Internal: true},
		"shell":    {Web: action.GET("/shell"), Only: []string{connection.CLI}},
		"login":    {Web: action.GET("/login"), Middleware: guarded(action.Guard{Login: true})},
		"scope":    {Web: action.GET("/scope"), Middleware: guarded(action.Guard{Scopes: []string{"a"}})},
		"role":     {Web: action.GET("/role"), Middleware: guarded(action.Guard{Roles: []string{"a"}})},
		"signed":   {Web: action.GET("/signed"), Middleware: guarded(action.Guard{Proof: true})},
	} {
		a.Name = name
		action.Handle(r, a, func(context.Context, struct{}) (int, error) { return 0, nil })
	}
	open := map[string]bool{}
	for _, e := range action.Open(r.All()) {
		open[e.Name] = true
	}
	if len(open) != 3 || !open["open"] || !open["limited"] || !open["socket"] {
		t.Errorf("%v", open)
	}
	if len(r.All()) != 10 {
		t.Error("the registry has lost an action")
	}
}
