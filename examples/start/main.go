package main

import (
	"github.com/keryx-go/keryx"
	_ "github.com/keryx-go/keryx/redis/embedded" // REDIS_URL=embedded://
)

func main() { keryx.Main(newApp(keryx.Options{})) }

// newApp makes the app. Tests call it with options of their own.
func newApp(o keryx.Options) *keryx.API {
	o.Name = "todos"
	o.Defaults = map[string]string{"REDIS_URL": "embedded://"} // the environment and .env win
	api := keryx.New(o)
	registerTodos(api)
	return api
}
