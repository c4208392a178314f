// Package dev is the command `keryx dev`: it builds an app, runs it, and does both again
// when a file changes. It holds the listening socket and hands it from version to
// version, so that no request is refused; a version that does not build or start is
// shown in the terminal and in the browser, and the one before serves on.
//
//	dev.go        the command and its flags
//	supervisor.go the loop: build, start, wait until ready, drain the version before
//	watcher.go    which files are watched
//	build.go      go build
//	settings.go   what the app itself says of its settings
//	stores.go     Redis and the database of an app that keeps them in memory
//	socket.go     the listening socket
//	process.go    one version as a process
//	board.go      what pages are told, and who answers while no version runs
package dev

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// options are those of the command line.
type options struct {
	pkg    string   // the package of the program, as for go build
	args   []string // of the program
	watch  []string // further patterns of file names
	reload bool     // pages load again after a good build
	flags  []string // of go build
}

// Command returns the command `dev`.
func Command() *cobra.Command {
	o := options{pkg: ".", args: []string{"start"}}
	cmd := &cobra.Command{
		Use:   "dev [package] [-- arguments]",
		Short: "Run an app, and build and restart it when a file changes",
		Long: `Run an app, and build and restart it when a file changes.

The new version starts beside the old one and takes over its socket: no request
is refused. When it does not compile or does not start, the error is shown here
and in the browser, and the old version serves on.

The app runs in this directory, with "start" or with the arguments after --.
The first interrupt stops it in an orderly way, a second one at once.`,
		Example: "  keryx dev\n  keryx dev ./cmd/server\n  keryx dev --watch '*.graphql' . -- start --quiet",
		Args: func(cmd *cobra.Command, args []string) error {
			at := cmd.ArgsLenAtDash()
			if at < 0 {
				at = len(args)
			}
			return cobra.MaximumNArgs(1)(cmd, args[:at])
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if at := cmd.ArgsLenAtDash(); at >= 0 {
				args, o.args = args[:at], args[at:]
			}
			if len(args) > 0 {
				o.pkg = args[0]
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringSliceVar(&o.watch, "watch", nil, "further files to watch, as patterns of their names: '*.graphql'")
	cmd.Flags().BoolVar(&o.reload, "reload", true, "load open pages again when a new version serves")
	cmd.Flags().StringArrayVar(&o.flags, "build-flag", nil, "a flag for go build, such as --build-flag=-race")
	return cmd
}

// run runs the app until the first interrupt; the second one kills it.
func run(ctx context.Context, o options) error {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := newSupervisor(o, newTerminal(os.Stdout, os.Stderr))
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	done := make(chan struct{})
	defer close(done)
	go func() {
		for _, act := range []func(){cancel, s.kill} {
			select {
			case <-signals:
				act()
			case <-done:
				return
			}
		}
	}()
	return s.run(ctx)
}
