// Command bench compares the framework with its alternatives, in suites that run one by
// one or all together:
//
//	cd bench && go run .                     all suites, about twenty minutes
//	go run . -h                              list suites and flags
//	go run . servers --only keryx,raw-redis  a part of one
//	go run . --docs ../docs                  write the tables and charts there
//
// It starts its own redis-server and all that it needs. Contenders take turns (ABAB…),
// so that a disturbance of the machine affects all of them. All processes that it
// starts stop with it, also at Ctrl-C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/keryx-go/keryx/bench/internal/caches"
	"github.com/keryx-go/keryx/bench/internal/fetch"
	"github.com/keryx-go/keryx/bench/internal/harness"
	"github.com/keryx-go/keryx/bench/internal/servers"
	"github.com/keryx-go/keryx/bench/internal/sockets"
)

// suites returns the suites in the order in which they run.
func suites() []harness.Suite {
	return []harness.Suite{servers.Suite(), sockets.Suite(), fetch.Suite(), caches.Suite()}
}

func main() {
	if caches.IsWorker(os.Args) {
		os.Exit(caches.Work())
	}
	os.Exit(start())
}

func start() int {
	plan, err := harness.Parse(suites(), os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once

	switch err := plan.Run(ctx, os.Stdout, os.Stderr); {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "bench: interrupted")
		return 130
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
}
