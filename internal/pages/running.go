package pages

import (
	"context"
	"fmt"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/keryxtest"
	"github.com/keryx-go/keryx/ratelimit"
)

type mailClient struct{}

func (mailClient) Connect(ctx context.Context) error { return ctx.Err() }
func (mailClient) Close() error                      { return nil }

func initializers(api *keryx.API, mailer mailClient) {
	api.Use(keryx.Initializer{
		Name:      "mailer",
		DependsOn: []string{"redis"},
		Start:     func(ctx context.Context, api *keryx.API) error { return mailer.Connect(ctx) },
		Stop:      func(ctx context.Context, api *keryx.API) error { return mailer.Close() },
	}.Part(api))
}

func schedule(api *keryx.API) {
	var stop context.CancelFunc
	var work sync.WaitGroup
	api.Use(keryx.Initializer{
		Name: "purge", DependsOn: []string{"actions"},
		Serves: true, // it starts with the server only
		Start: func(context.Context, *keryx.API) error {
			var ctx context.Context
			ctx, stop = context.WithCancel(context.Background())
			work.Go(func() {
				for hour := time.Tick(time.Hour); ; {
					select {
					case <-hour:
						_, _ = api.Act(ctx, "user:purge", nil) // the log has a line for each run
					case <-ctx.Done():
						return
					}
				}
			})
			return nil
		},
		Stop: func(context.Context, *keryx.API) error {
			stop()
			work.Wait()
			return nil
		},
	}.Part(api))
}

func tests(t *testing.T, newApp func(keryx.Options) *keryx.API) int {
	app := keryxtest.Start(t, newApp, keryxtest.Options{})
	response := app.Get("/api/user/1")
	return response.Status
}

func admins(api *keryx.API) {
	admin := auth.RequireRole("admin")
	api.Web.HandleFunc("/debug/pprof/", func(w http.ResponseWriter, r *http.Request) error {
		http.DefaultServeMux.ServeHTTP(w, r) // where the import of net/http/pprof has put it
		return nil
	}, admin)
	api.Web.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) error {
		count, err := api.Redis.Client.DBSize(r.Context()).Result()
		if err != nil {
			return keryx.Unavailable("The metrics cannot be read")
		}
		_, err = fmt.Fprintf(w, "redis_keys %d\n", count)
		return err
	}, admin, api.RateLimit.Middleware(ratelimit.Rule{}))
}

var _ = []any{initializers, schedule, tests, admins}
