// Package cli is the command line of an app: start, actions, config, the commands
// of its parts, such as migrate and cache, and one command for each action, whose
// flags are the action's inputs.
//
//	app user:show --userId 5        # an input is a flag; a list is a repeated flag
//	app user:edit --active=false    # a boolean has its value after an equals sign
//	app user:edit --address '{"street":"Main St"}'
//	app user:avatar --file me.png   # a file is its path; - is standard input
//	app booking:list --as 7         # the action is run as that user
//	pass show app | app session:create --email me@example.com --password -
//
// The result of an action is one line of JSON on standard output, the same as the body
// over HTTP. An error is the wire's {"error":{…}}, on standard output as well. Logs and
// messages for people go to standard error. The exit status is 0 on success, 1 on
// failure, and 2 for a wrong command line.
//
// The values of flags reach the action as text, so that the action itself converts and
// checks them, as over HTTP.
package cli

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/config"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// App describes the command line of an app.
type App struct {
	// Name is the name of the app in help, without spaces. Default: the name of the
	// executable.
	Name string
	// Version is the output of --version. Empty means that there is no such flag.
	Version string
	// Description is one line for --help.
	Description string
	// Actions become commands, except those that the command line does not reach.
	Actions []*action.Entry
	// APIRoute is the path in front of the routes of actions, for display: "/api".
	APIRoute string
	// Commands are the commands of the app's parts. See [part.Commander] for how they
	// behave.
	Commands []*cobra.Command
	// Quiet is the default of --quiet (CLI_QUIET).
	Quiet bool
	// IncludeStack adds the stack to errors (CLI_INCLUDE_STACK_IN_ERRORS).
	IncludeStack bool
	// Host starts the app. With nil, actions run without a start, and there are neither
	// a server nor settings.
	Host Host

	// Stdin, Stdout and Stderr default to the process's.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Host starts and stops an app for its command line. Nothing starts until a command
// needs it.
type Host interface {
	// Serve starts the app with its servers, and stops it when ctx ends. A nil error
	// means that all went well.
	Serve(ctx context.Context) error
	// Run starts the app without its servers, calls do, and stops the app. ctx is the
	// context of an action's run, except for its connection. The error is that of
	// starting, of do, or of stopping.
	Run(ctx context.Context, do func(ctx context.Context) error) error
	// AllowAs returns an error that says what to set, unless actions may be run as
	// a user (--as).
	AllowAs() error
	// As returns a copy of ctx, that of Run's do, in which the caller is calling.
	As(ctx context.Context, caller Caller) (context.Context, error)
	// Settings lists the settings, with secrets masked. The error describes wrong ones;
	// the list is complete all the same.
	Settings() ([]config.Setting, error)
	// SetQuiet limits the log to warnings and errors.
	SetQuiet()
}

// Execute runs the command in args, the arguments without the program's name, and
// returns the exit status. It panics when the command of an action or of a part is
// invalid: see [CheckName].
func Execute(ctx context.Context, app App, args []string) int {
	p := newProgram(app.withDefaults(), args)
	if len(args) == 0 {
		p.root.SetOut(p.Stderr)
		_ = p.root.Help() // it is always nil
		return exitUsage
	}
	if err := p.checkCommand(args); err != nil {
		return exit(p.out, p.root, err)
	}
	p.root.SetArgs(args)
	cmd, err := p.root.ExecuteContextC(ctx)
	return exit(p.out, cmd, err)
}

func (app App) withDefaults() App {
	app.Name = strings.Join(strings.Fields(cmp.Or(app.Name, filepath.Base(os.Args[0]))), "-")
	if app.Stdin == nil {
		app.Stdin = os.Stdin
	}
	if app.Stdout == nil {
		app.Stdout = os.Stdout
	}
	if app.Stderr == nil {
		app.Stderr = os.Stderr
	}
	return app
}
