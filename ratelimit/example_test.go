package ratelimit_test

import (
	"context"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/ratelimit"
	"github.com/keryx-go/keryx/redis"
)

// exampleRedis is a Redis for the examples, whose time stands still: it is 12:00:15.
func exampleRedis() (connections *redis.Connections, close func()) {
	server := miniredis.NewMiniRedis()
	server.SetTime(time.Date(2026, 1, 1, 12, 0, 15, 0, time.UTC))
	if err := server.Start(); err != nil {
		panic(err)
	}
	c := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
	return &redis.Connections{Client: c}, func() { _ = c.Close(); server.Close() }
}

// An action with a limit of its own: five tries to log in, in ten minutes.
func ExampleLimiter_Middleware() {
	connections, done := exampleRedis()
	defer done()
	limiter := ratelimit.New(ratelimit.Options{Config: ratelimit.Settings{Enabled: true}, Redis: connections})

	actions := action.NewRegistry(action.Options{})
	action.Handle(actions, action.Action{
		Name:       "session:create",
		Middleware: []action.Middleware{limiter.Middleware(ratelimit.Rule{Limit: 5, Window: 10 * time.Minute})},
	}, func(context.Context, struct{}) (string, error) { return "welcome", nil })

	ctx := connection.With(context.Background(), &connection.Connection{RemoteAddr: "192.0.2.1"})
	for range 6 {
		fmt.Println(actions.Act(ctx, "session:create", nil))
	}
	// Output:
	// welcome <nil>
	// welcome <nil>
	// welcome <nil>
	// welcome <nil>
	// welcome <nil>
	// <nil> Rate limit exceeded. Try again in 585 seconds.
}

// Anything can be limited, by any identifier.
func ExampleLimiter_Check() {
	connections, done := exampleRedis()
	defer done()
	limiter := ratelimit.New(ratelimit.Options{Redis: connections})

	rule := ratelimit.Rule{Prefix: "mail", Limit: 2, Window: time.Hour}
	for range 3 {
		r, err := limiter.Check(context.Background(), "to:ada@example.org", rule)
		fmt.Println(r.Allowed, r.Remaining, r.RetryAfter, err)
	}
	// Output:
	// true 1 0s <nil>
	// true 0 0s <nil>
	// false 0 59m45s <nil>
}
