package dashboard_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/dashboard"
)

func Example() {
	api := keryx.New(keryx.Options{Name: "shop", DotEnv: "-", Stderr: new(bytes.Buffer), Environ: []string{
		"REDIS_URL=embedded://", "WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT=0",
	}})
	keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello")}, func(context.Context, struct{}) (string, error) { return "Hello", nil })
	api.Use(dashboard.New(dashboard.Options{Actions: api.Actions, Channels: api.Channels, OpenAPI: api.OpenAPI}))
	ctx := context.Background()
	if err := api.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	if res, err := http.Get(api.Web.URL() + "/docs"); err == nil {
		fmt.Println(res.Status, res.Header.Get("Content-Type"))
		res.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	if err := api.Stop(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 200 OK text/html; charset=utf-8
}
