package pages

import (
	"context"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
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

func tests(t *testing.T, newApp func(keryx.Options) *keryx.API) int {
	app := keryxtest.Start(t, newApp, keryxtest.Options{})
	response := app.Get("/api/user/1")
	return response.Status
}

var _ = []any{initializers, tests}
