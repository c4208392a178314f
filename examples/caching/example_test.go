package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/keryx-go/keryx/cache"
	"github.com/keryx-go/keryx/redis"
)

// A reader that knows nothing of package cache sees JSON, or the lease of the
// first load.
func Example() {
	ctx := context.Background()
	connections, err := redis.Open(ctx, "embedded://", redis.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = connections.Close() }()
	rdb := connections.Client

	_, err = cache.Fetch(ctx, rdb, "cache:slow", time.Minute, func(context.Context) (string, error) {
		fmt.Printf("while it loads: %.7q\n", rdb.Get(ctx, "cache:slow").Val())
		return "done", nil
	})
	fmt.Printf("afterwards: %s %v\n", rdb.Get(ctx, "cache:slow").Val(), err)
	// Output:
	// while it loads: "\x00lease:"
	// afterwards: "done" <nil>
}
