package keryx

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/redis"
)

// Main runs the command line of the process and exits: `start`, `actions`,
// `config`, `cache`, `migrate`, `openapi`, `asyncapi`, and a command for each action. The first SIGINT,
// SIGTERM or SIGHUP stops the app in an orderly way, also while it starts; the second
// one ends the process at once. A SIGHUP that the process ignores from the start on, as
// under nohup, is ignored. What the
// Redis client has to say goes to the app's log, at level debug, and what code logs with
// the default logger goes there, too. The garbage
// collector runs with PROCESS_GC_PERCENT, unless GOGC or GOMEMLIMIT is set.
func Main(api *API) {
	slog.SetDefault(api.Logger)
	goredis.SetLogger(redis.NewLogger(api.Logger)) // one for the process, so it is set here and nowhere else
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		cancel(fmt.Errorf("received %s", <-signals))
		api.Logger.Warn("exiting at once", "signal", (<-signals).String())
		os.Exit(1)
	}()
	setGCPercent(api.Config.Process.GCPercent)
	os.Exit(api.Run(ctx, os.Args[1:]))
}

// setGCPercent sets the collector of the process, unless its environment does.
// Collected as often as by default, the few megabytes of a server's heap take a
// seventh of its throughput.
func setGCPercent(percent int) {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(percent)
	}
}
