package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestTheOptionsOfFetch(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		rdb, ctx := app.Redis.Client, t.Context()
		want(t, app.Get("/api/user/1/required"), http.StatusOK, `"name":"Ada"`)
		if ttl := rdb.TTL(ctx, keyRequired(1)).Val(); ttl <= 10*time.Minute || ttl > 11*time.Minute {
			t.Errorf("a minute and ten of Stale are a TTL of %v", ttl)
		}
		for range 2 {
			want(t, app.Get("/api/user/9/required"), http.StatusNotFound, "there is no user 9")
			if got, ttl := rdb.Get(ctx, keyRequired(9)).Val(), rdb.TTL(ctx, keyRequired(9)).Val(); got != "null " || ttl > 10*time.Second {
				t.Errorf("%q is remembered for %v", got, ttl)
			}
		}
		// A value whose minute is over is served, and loaded behind it.
		if err := rdb.Set(ctx, keyRequired(1), `{"id":1,"name":"Old"}`, 5*time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		want(t, app.Get("/api/user/1/required"), http.StatusOK, `"name":"Old"`)
		keryxtest.Eventually(t, "it happens", func() bool { return rdb.TTL(ctx, keyRequired(1)).Val() > 10*time.Minute })
		want(t, app.Get("/api/user/1/required"), http.StatusOK, `"name":"Ada"`)
		want(t, app.Send("PATCH", "/api/user/1", map[string]any{"name": "Adaline"}), http.StatusOK, `"name":"Adaline"`)
		want(t, app.Get("/api/user/1/required"), http.StatusOK, `"name":"Adaline"`)
	})
}
