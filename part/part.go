// Package part says what an app is made of. A part is something that starts and
// stops with the app: a connection, a server, a queue of jobs. The framework's own
// parts (redis, database, migrations, channels, actions, web, websocket) and those
// of a plugin are alike, and a package that brings one does not import the
// framework's root:
//
//	api.Use(audit.New(audit.Options{Redis: api.Redis, Logger: api.Logger}))
//
// # What a part may add
//
// Beside the four methods of [Part], a part may have any of these interfaces. The
// app looks for them once, before it starts or runs a command, and in this order:
//
//   - [Configurer] has settings
//   - action.Wrapper wraps all actions in middleware
//   - action.Provider registers actions
//   - channel.Provider registers channels
//   - [Mounter] mounts HTTP handlers
//   - [Checker] decides whether the app is ready
//   - [Commander] adds commands to the command line
//   - [Server] answers clients, and is not started for a command
//
// docs/plugins.md writes one with all of them.
package part

import (
	"context"

	"github.com/spf13/cobra"
)

// Part is something that starts and stops with an app.
type Part interface {
	// Name identifies the part among those of its app: "redis". It is a lower-case
	// word, and always the same.
	Name() string
	// DependsOn returns the names of the parts that start before this one and stop
	// after it. Nil means none.
	DependsOn() []string
	// Start brings the part up. It returns when the part is ready to be used by
	// those that depend on it, or with an error when ctx ends first. A part whose
	// Start failed is not stopped: it cleans up by itself. Start may be called
	// again after Stop.
	Start(ctx context.Context) error
	// Stop takes the part down. It returns when nothing of it runs any more, or with
	// an error when ctx ends first. It is called once for each Start that
	// succeeded.
	Stop(ctx context.Context) error
}

// Server is a part that answers clients. It starts after all parts that do not,
// and does not start when a command needs no server.
type Server interface {
	Part
	// Serves reports whether the part answers clients.
	Serves() bool
}

// Checker is a part that may be unable to work although it has started.
type Checker interface {
	Part
	// Ready returns nil when the part works. The error is shown by /readyz, beside
	// the name of the part. ctx ends after two seconds. Ready is called while the
	// part runs, and concurrently.
	Ready(ctx context.Context) error
}

// Configurer is a part with settings: a struct with tags as package config has
// them. They are loaded and checked like the framework's own, and `app config`
// lists them.
type Configurer interface {
	Part
	// Settings returns a name for the section, such as "Audit", and a pointer to
	// the struct, which is filled in before any other method of the part is called.
	Settings() (section string, target any)
}

// Commander is a part with commands of its own.
type Commander interface {
	Part
	// Commands returns new commands each time. The command line calls it for each
	// run.
	//
	// A command writes its result to cmd.OutOrStdout and everything else to
	// cmd.ErrOrStderr. An error that RunE returns is printed and makes the exit
	// status 1; one of Args or of a flag makes it 2. The flag "quiet" is set when
	// only warnings and errors are wanted.
	Commands(run Run) []*cobra.Command
}

// Run starts the named parts and those that they depend on, calls do, and stops
// them again. Without names it starts all parts that do not serve. Its error is
// that of starting, of do, or of stopping.
type Run func(ctx context.Context, do func(context.Context) error, names ...string) error
