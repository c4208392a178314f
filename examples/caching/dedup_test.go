package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/keryxtest"
)

func order(key string, quantity int) map[string]any {
	return map[string]any{"idempotencyKey": key, "product": "lamp", "quantity": quantity}
}

func TestAnOrderIsPlacedOnce(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Send("PUT", "/api/stock/lamp", map[string]any{"quantity": 100}), http.StatusOK, `{"product":"lamp","left":100}`)
		placed := 0
		for _, r := range together(t, app, 50, "POST", "/api/orders", order("o-1", 3)) {
			switch {
			case r.Status == http.StatusOK && strings.Contains(r.Body, `"replayed":false`):
				placed++
			case r.Status == http.StatusOK && strings.Contains(r.Body, `"left":97,"replayed":true`):
			case r.Status == http.StatusConflict && strings.Contains(r.Body, "being placed: try again"):
			default:
				t.Errorf("%d %s", r.Status, r.Body)
			}
		}
		if placed != 1 {
			t.Errorf("placed %d times", placed)
		}
		want(t, app.Send("POST", "/api/orders", order("o-1", 3)), http.StatusOK,
			`{"product":"lamp","quantity":3,"left":97,"replayed":true}`)
		want(t, app.Send("POST", "/api/orders", order("o-1", 4)), http.StatusUnprocessableEntity, "another order")
		want(t, app.Send("POST", "/api/orders", order("o-2", 4)), http.StatusOK, `"left":93,"replayed":false`)
		want(t, app.Send("POST", "/api/orders", order("no spaces", 1)), http.StatusNotAcceptable, `"key":"idempotencyKey"`)
		want(t, app.Send("POST", "/api/orders", order("o-3", 0)), http.StatusNotAcceptable, `"key":"quantity"`)
		want(t, app.Get("/api/stock?product=lamp"), http.StatusOK, `"left":93`)
		if ttl := app.Redis.Client.TTL(t.Context(), "order:o-1").Val(); ttl <= pendingTTL || ttl > orderTTL {
			t.Errorf("the order is remembered for %v", ttl)
		}
	})
}

func TestAFailedOrderMayBeTriedAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Send("POST", "/api/orders", order("o-1", 2)), http.StatusConflict, "not enough of lamp: wanted 2, there are 0")
		if n := app.Redis.Client.Exists(t.Context(), "order:o-1").Val(); n != 0 {
			t.Error("the failed order is remembered")
		}
		app.Send("PUT", "/api/stock/lamp", map[string]any{"quantity": 2})
		want(t, app.Send("POST", "/api/orders", order("o-1", 2)), http.StatusOK, `"left":0,"replayed":false`)
	})
}

// TestATryThatDiedDoesNoHarm has the marks that a process leaves that is killed
// before and after it has taken from the stock.
func TestATryThatDiedDoesNoHarm(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		rdb, ctx := app.Redis.Client, t.Context()
		app.Send("PUT", "/api/stock/lamp", map[string]any{"quantity": 10})
		if _, err := take(ctx, rdb, "lamp", 4, "after", orderTTL); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"before", "after"} {
			if err := rdb.Set(ctx, "order:"+key, pending+"x", 300*time.Millisecond).Err(); err != nil {
				t.Fatal(err)
			}
			want(t, app.Send("POST", "/api/orders", order(key, 4)), http.StatusConflict, "try again")
			keryxtest.Eventually(t, "it happens", func() bool { return app.Send("POST", "/api/orders", order(key, 4)).Status == http.StatusOK })
		}
		want(t, app.Get("/api/stock?product=lamp"), http.StatusOK, `"left":2`)
	})
}
