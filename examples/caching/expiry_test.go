package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestAVisitorIsForgotten(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		rdb, ctx := app.Redis.Client, t.Context()
		look := func(page string, tags ...string) keryxtest.Response {
			return app.Send("POST", "/api/visits/ada", map[string]any{"page": page, "tag": tags})
		}
		want(t, app.Get("/api/visits/ada"), http.StatusOK,
			`{"pages":[],"tags":[],"counts":{},"left":{"pages":0,"tags":0,"counts":0}}`)
		want(t, look("/lamps", "light", "home"), http.StatusOK, `{"looks":1}`)
		want(t, look("/chairs", "home"), http.StatusOK, `{"looks":1}`)
		want(t, look("/lamps", "home"), http.StatusOK, `{"looks":2}`)
		want(t, app.Get("/api/visits/ada"), http.StatusOK,
			`{"pages":["/lamps","/chairs","/lamps"],"tags":["home","light"],"counts":{"/chairs":"1","/lamps":"2"},"left":{"pages":1`)
		for range 2 * lastPages {
			look("/lamps")
		}
		pages, tags, counts := visitKeys("ada")
		if n := rdb.LLen(ctx, pages).Val(); n != lastPages {
			t.Errorf("%d pages are kept", n)
		}
		for key, kind := range map[string]string{pages: "list", tags: "set", counts: "hash"} {
			if got, ttl := rdb.Type(ctx, key).Val(), rdb.TTL(ctx, key).Val(); got != kind || ttl <= 0 || ttl > visitTTL {
				t.Errorf("%s is a %s with the TTL %v", key, got, ttl)
			}
		}

		want(t, app.Send("PUT", "/api/visits/ada/ttl", map[string]any{"ttl": "100ms"}), http.StatusOK, `{"kept":3}`)
		keryxtest.Eventually(t, "it happens", func() bool {
			return rdb.Exists(ctx, pages).Val()+rdb.Exists(ctx, tags).Val()+rdb.Exists(ctx, counts).Val() == 0
		})
		want(t, app.Send("PUT", "/api/visits/ada/ttl", map[string]any{"ttl": "1m"}), http.StatusOK, `{"kept":0}`)
		want(t, app.Send("PUT", "/api/visits/ada/ttl", map[string]any{"ttl": "0s"}), http.StatusNotAcceptable, "a millisecond at least")
		want(t, app.Send("PUT", "/api/visits/ada/ttl", map[string]any{"ttl": "soon"}), http.StatusNotAcceptable, `"key":"ttl"`)
		want(t, app.Send("POST", "/api/visits/ada", map[string]any{"page": ""}), http.StatusNotAcceptable, `"key":"page"`)
		if ttl := rdb.TTL(ctx, pages).Val(); ttl != time.Duration(-2) {
			t.Errorf("a key that is gone has the TTL %v", ttl)
		}
	})
}
