package main

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestTheStockNeverFallsBelowZero(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Send("POST", "/api/stock/lamp/take", nil), http.StatusConflict, "not enough of lamp: wanted 1, there are 0")
		want(t, app.Send("PUT", "/api/stock/lamp", map[string]any{"quantity": 20}), http.StatusOK, `{"product":"lamp","left":20}`)
		taken := 0
		for _, r := range together(t, app, 50, "POST", "/api/stock/lamp/take", map[string]any{"quantity": 3}) {
			switch r.Status {
			case http.StatusOK:
				taken++
			case http.StatusConflict:
			default:
				t.Errorf("%d %s", r.Status, r.Body)
			}
		}
		if taken != 6 {
			t.Errorf("taken %d times 3 of 20", taken)
		}
		want(t, app.Send("POST", "/api/stock/lamp/take", map[string]any{"quantity": 3}), http.StatusConflict, "wanted 3, there are 2")
		want(t, app.Send("POST", "/api/stock/lamp/take", map[string]any{"quantity": 2}), http.StatusOK, `{"product":"lamp","left":0}`)
		want(t, app.Send("PUT", "/api/stock/lamp", map[string]any{"quantity": -1}), http.StatusNotAcceptable, `"key":"quantity"`)
		want(t, app.Send("POST", "/api/stock/lamp/take", map[string]any{"quantity": 0}), http.StatusNotAcceptable, `"key":"quantity"`)
		want(t, app.Send("PUT", "/api/stock/a}b", map[string]any{"quantity": 1}), http.StatusNotAcceptable, `"key":"product"`)
	})
}

// trips counts round trips.
type trips struct{ pipelines, commands atomic.Int64 }

func (h *trips) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (h *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { h.commands.Add(1); return next(ctx, cmd) }
}

func (h *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { h.pipelines.Add(1); return next(ctx, cmds) }
}

func TestManyAreReadInOneRoundTrip(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		app.Send("PUT", "/api/stock/lamp", map[string]any{"quantity": 3})
		app.Send("PUT", "/api/stock/chair", map[string]any{"quantity": 0})
		var counted trips
		app.Redis.Client.AddHook(&counted)
		app.Get("/api/stock?product=lamp") // the hook's first connection is made, which is a pipeline too
		counted.pipelines.Store(0)
		counted.commands.Store(0)
		want(t, app.Get("/api/stock?product=lamp&product=ghost&product=chair"), http.StatusOK,
			`{"stock":[{"product":"lamp","left":3},{"product":"ghost","left":null},{"product":"chair","left":0}]}`)
		if p, c := counted.pipelines.Load(), counted.commands.Load(); p != 1 || c != 0 {
			t.Errorf("%d pipelines and %d commands", p, c)
		}
		want(t, app.Get("/api/stock?product=lamp"), http.StatusOK, `{"stock":[{"product":"lamp","left":3}]}`)
		want(t, app.Get("/api/stock"), http.StatusNotAcceptable, "Missing required param: product")
		if err := app.Redis.Client.RPush(t.Context(), stockKey("list"), 1).Err(); err != nil {
			t.Fatal(err)
		}
		want(t, app.Get("/api/stock?product=lamp&product=list"), http.StatusInternalServerError, "WRONGTYPE")
	})
}
