package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestAProfileIsAHash(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		rdb, ctx := app.Redis.Client, t.Context()
		want(t, app.Get("/api/profile/1"), http.StatusNotFound, "user 1 has no profile")
		want(t, app.Get("/api/profile/1/name"), http.StatusNotFound, "user 1 has no profile")
		want(t, app.Send("PATCH", "/api/profile/1/city", map[string]any{"value": "Paris"}), http.StatusNotFound, "user 1 has no profile")
		if n := rdb.Exists(ctx, "profile:1").Val(); n != 0 {
			t.Error("a change has made a profile of one field")
		}

		profile := `{"name":"Ada","city":"London","score":7}`
		want(t, app.Send("PUT", "/api/profile/1", map[string]any{"name": "Ada", "city": "London", "score": 7}), http.StatusOK, profile)
		want(t, app.Get("/api/profile/1"), http.StatusOK, profile)
		if got := rdb.HGetAll(ctx, "profile:1").Val(); len(got) != 3 || got["city"] != "London" || got["score"] != "7" {
			t.Errorf("the hash is %v", got)
		}

		if err := rdb.Expire(ctx, "profile:1", time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		want(t, app.Send("PATCH", "/api/profile/1/city", map[string]any{"value": "Paris"}), http.StatusOK, `{"value":"Paris"}`)
		if ttl := rdb.TTL(ctx, "profile:1").Val(); ttl <= 0 || ttl > time.Minute {
			t.Errorf("a change makes the TTL %v", ttl)
		}
		want(t, app.Get("/api/profile/1/city"), http.StatusOK, `{"value":"Paris"}`)
		want(t, app.Get("/api/profile/1"), http.StatusOK, `{"name":"Ada","city":"Paris","score":7}`)
		if app.Send("PUT", "/api/profile/1", map[string]any{"name": "Ada"}); rdb.TTL(ctx, "profile:1").Val() <= time.Minute {
			t.Error("saving does not renew the TTL")
		}

		want(t, app.Send("PATCH", "/api/profile/1/score", map[string]any{"value": "8"}), http.StatusNotAcceptable, `"key":"field"`)
		want(t, app.Get("/api/profile/1/__proto__"), http.StatusNotAcceptable, `"key":"field"`)
		want(t, app.Send("PUT", "/api/profile/1", map[string]any{"city": "Rome"}), http.StatusNotAcceptable, "Missing required param: name")
	})
}
