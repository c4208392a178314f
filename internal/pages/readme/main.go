// The app of the README.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/cache"
	_ "github.com/keryx-go/keryx/redis/embedded" // REDIS_URL=embedded://
)

type GreetInput struct {
	Name string `json:"name" doc:"Whom to greet" minLength:"2"`
}

func main() {
	api := keryx.New(keryx.Options{
		Name:     "greeter",
		Defaults: map[string]string{"REDIS_URL": "embedded://"}, // the environment and .env win
	})
	keryx.Handle(api, keryx.Action{
		Name: "greet", Description: "Greet a person", Web: keryx.GET("/greet/{name}"),
	}, func(ctx context.Context, in GreetInput) (string, error) {
		return cache.Fetch(ctx, api.Redis.Client, "cache:greet:"+in.Name, time.Minute,
			func(context.Context) (string, error) { return fmt.Sprintf("Hello, %s!", in.Name), nil })
	})
	keryx.Main(api)
}
