package keryx

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/redis"
)

// Main runs the command line of the process and exits: `start`, `actions`,
// `config`, `cache`, `migrate`, and a command for each action. The first SIGINT or
// SIGTERM stops the app in an orderly way, the second one at once. What the
// Redis client has to say goes to the app's log, at level debug. The heap may
// grow to 64 MB before it is collected, unless GOGC or GOMEMLIMIT is set.
func Main(api *API) {
	goredis.SetLogger(redis.NewLogger(api.Logger)) // one for the process, so it is set here and nowhere else
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cancel(fmt.Errorf("received %s", <-signals))
		api.Logger.Warn("exiting at once", "signal", (<-signals).String())
		os.Exit(1)
	}()
	reserve := heapReserve()
	code := api.Run(ctx, os.Args[1:])
	runtime.KeepAlive(reserve)
	os.Exit(code)
}

// heapReserve returns memory that nobody touches, so that it costs address
// space only, but that counts when the collector decides how far the heap may
// grow: without it, the few megabytes of a server's heap are collected up to a
// hundred times a second under load, for a seventh of its throughput. An
// environment that has a say on the collector gets none.
func heapReserve() []byte {
	for _, variable := range []string{"GOGC", "GOMEMLIMIT"} {
		if os.Getenv(variable) != "" {
			return nil
		}
	}
	return make([]byte, 32<<20)
}
