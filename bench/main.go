// Command bench measures a cached read over HTTP: the framework's caching
// example beside a hand-written handler that does the same work, a handler that
// writes a constant, and any servers that are already running.
//
//	cd bench && go run .
//	go run . --rounds 9 --md ../docs/benchmarks.md --svg ../docs/benchmarks.svg
//	go run . --peer other=http://127.0.0.1:3000/api/user/1
//
// It starts a redis-server of its own, builds the servers, boots each several
// times, and puts them under load in turns (ABCABC…), so that what disturbs the
// machine for a while disturbs all of them; medians are reported. Everything it
// has started stops with it, at Ctrl-C too.
//
// The servers it starts have to give the same answer, header and body: they
// are handed the one that the example gives. A wrong answer under load fails
// the run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(start()) }

func start() int {
	o, err := parseOptions(os.Args[1:], os.Stderr)
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

	switch err := bench(ctx, o, os.Stdout, os.Stderr); {
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
