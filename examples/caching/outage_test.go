package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

// TestRedisGoesAndComes holds what the guide says of a Redis that is down, with
// one that is gone, and one that does not answer.
func TestRedisGoesAndComes(t *testing.T) {
	slow.Skip(t, "it stops Redis")
	t.Parallel()
	for name, test := range map[string]struct{ down, up func(*redistest.Server) }{
		"killed": {(*redistest.Server).Kill, (*redistest.Server).Restart},
		"paused": {(*redistest.Server).Pause, (*redistest.Server).Resume},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			app := keryxtest.Start(t, newApp, keryxtest.Options{Env: map[string]string{
				"DATABASE_URL": "sqlite://:memory:",
				"REDIS_URL":    server.URL() + "?read_timeout=200ms&max_retries=-1", // the plain client's patience
			}})
			want(t, app.Get("/api/user/1"), http.StatusOK, "Ada")
			test.down(server)
			began := time.Now()
			want(t, app.Get("/api/user/1"), http.StatusOK, "Ada")
			want(t, app.Get("/api/users?limit=1"), http.StatusOK, "Ada")
			if d := time.Since(began); d > 3*time.Second {
				t.Errorf("reads take %v", d)
			}
			began = time.Now()
			for range 20 {
				want(t, app.Get("/api/user/1"), http.StatusOK, "Ada")
			}
			if d := time.Since(began); d > time.Second {
				t.Errorf("20 more reads take %v", d)
			}
			for path, method := range map[string]string{
				"/api/user/1/by-hand": "GET", "/api/users/cache": "DELETE", "/api/reports/x/by-hand": "POST",
				"/api/leaderboards/x": "GET", "/api/stock/x/take": "POST",
			} {
				want(t, app.Send(method, path, nil), http.StatusInternalServerError, "CONNECTION_ACTION_RUN")
			}
			want(t, app.Send("PATCH", "/api/user/1", map[string]any{"name": "Adaline"}), http.StatusInternalServerError, "")
			want(t, app.Get("/readyz"), http.StatusServiceUnavailable, "redis")
			want(t, app.Get("/livez"), http.StatusOK, "")

			test.up(server)
			keryxtest.Eventually(t, "it happens", func() bool { return app.Get("/readyz").Status == http.StatusOK })
			keryxtest.Eventually(t, "it happens", func() bool {
				return app.Send("PATCH", "/api/user/1", map[string]any{"name": "Grace"}).Status == http.StatusOK
			})
			want(t, app.Get("/api/user/1"), http.StatusOK, `"name":"Grace"`)
			keryxtest.Eventually(t, "it happens", func() bool {
				app.Get("/api/user/1")
				return app.Redis.Client.Exists(t.Context(), key(1)).Val() == 1
			})
		})
	}
}
