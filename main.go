package keryx

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/cli"
	"github.com/keryx-go/keryx/redis"
)

// Main runs the command line of the process and exits: `start`, `actions`,
// `config`, `migrate`, and a command for each action. The first SIGINT or
// SIGTERM stops the app in an orderly way, the second one at once. What the
// Redis client has to say goes to the app's log, at level debug.
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
	os.Exit(api.Run(ctx, os.Args[1:]))
}

// Run runs a command line, given without the name of the program, until it is
// done or ctx ends, and returns the exit code: 0 when all went well, 1 when
// something failed, 2 for a command line that makes no sense.
func (api *API) Run(ctx context.Context, args []string) int {
	return cli.Execute(ctx, api.commandLine(), args)
}
