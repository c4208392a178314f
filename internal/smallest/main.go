// Smallest is the least that an app can be: Redis and HTTP alone, with no
// database driver and no embedded Redis. Its size is held to a limit in CI.
package main

import (
	"context"

	"github.com/keryx-go/keryx"
)

func main() {
	api := keryx.New(keryx.Options{Name: "smallest"})
	keryx.Handle(api, keryx.Action{Name: "hello", Web: keryx.GET("/hello/{name}")},
		func(_ context.Context, in struct {
			Name string `json:"name"`
		}) (string, error) {
			return "Hello, " + in.Name, nil
		})
	keryx.Main(api)
}
