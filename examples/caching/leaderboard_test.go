package main

import (
	"net/http"
	"testing"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestLeaderboard(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		add := func(player string, points int) keryxtest.Response {
			return app.Send("POST", "/api/leaderboards/chess/"+player, map[string]any{"points": points})
		}
		want(t, app.Get("/api/leaderboards/chess"), http.StatusOK, `{"players":[]}`)
		want(t, app.Get("/api/leaderboards/chess/ada"), http.StatusNotFound, "ada has no score on chess")

		want(t, add("ada", 10), http.StatusOK, `{"player":"ada","score":10,"rank":1}`)
		want(t, add("grace", 15), http.StatusOK, `{"player":"grace","score":15,"rank":1}`)
		want(t, add("ada", 10), http.StatusOK, `{"player":"ada","score":20,"rank":1}`)
		want(t, add("hedy", 15), http.StatusOK, `{"player":"hedy","score":15,"rank":2}`)
		want(t, add("mary%20ann", -5), http.StatusOK, `{"player":"mary ann","score":-5,"rank":4}`)

		want(t, app.Get("/api/leaderboards/chess?limit=3"), http.StatusOK, `{"players":[{"player":"ada","score":20,"rank":1},`+
			`{"player":"hedy","score":15,"rank":2},{"player":"grace","score":15,"rank":3}]}`)
		want(t, app.Get("/api/leaderboards/chess/grace"), http.StatusOK, `{"player":"grace","score":15,"rank":3}`)
		want(t, app.Get("/api/leaderboards/go"), http.StatusOK, `{"players":[]}`)

		for _, r := range together(t, app, 50, "POST", "/api/leaderboards/chess/grace", map[string]any{"points": 1}) {
			want(t, r, http.StatusOK, `"player":"grace"`)
		}
		want(t, app.Get("/api/leaderboards/chess/grace"), http.StatusOK, `{"player":"grace","score":65,"rank":1}`)

		want(t, app.Get("/api/leaderboards/chess?limit=0"), http.StatusNotAcceptable, `"key":"limit"`)
		want(t, app.Send("POST", "/api/leaderboards/chess/ada", nil), http.StatusNotAcceptable, "Missing required param: points")
		want(t, add("ada", 1_000_001), http.StatusNotAcceptable, `"key":"points"`)
	})
}
