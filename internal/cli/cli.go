// Package cli is the command line of an app: start, actions, config, the commands
// of its parts, such as migrate and cache, and one command for each action, whose
// flags are the action's inputs.
//
//	app user:show --userId 5        # an input is a flag; a list is a repeated flag
//	app user:edit --active=false    # a boolean has its value after an equals sign
//	app user:edit --address '{"street":"Main St"}'
//	app user:avatar --file me.png   # a file is its path; - is standard input
//	pass show app | app session:create --email me@example.com --password -
//
// The result of an action is one line of JSON on standard output, the same as
// the body over HTTP; an error is the wire's {"error":{…}}, there too. Logs and
// everything else meant for a person go to standard error. The exit status is
// 0 when all went well, 1 when something failed, and 2 for a command line that
// makes no sense.
//
// The values of flags reach the action as text, so that their coercion and
// every check are the action's own, as on HTTP.
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

// App is what a command line is made of.
type App struct {
	// Name is what the app is called in help, without spaces. Default: the
	// name of the executable.
	Name string
	// Version is what --version shows. Empty means there is no such flag.
	Version string
	// Description is one line for --help.
	Description string
	// Actions become commands, those that the command line reaches.
	Actions []*action.Entry
	// APIRoute is the path in front of the routes of actions, for display: "/api".
	APIRoute string
	// Commands are those of the app's parts. See [part.Commander] for how they
	// behave.
	Commands []*cobra.Command
	// Quiet acts as if --quiet were given (CLI_QUIET).
	Quiet bool
	// IncludeStack adds the stack to errors (CLI_INCLUDE_STACK_IN_ERRORS).
	IncludeStack bool
	// Host starts the app. Nil: actions run without anything to start, and there
	// is neither a server nor settings.
	Host Host

	// Stdin, Stdout and Stderr default to the process's.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Host starts and stops an app for its command line. Nothing is started before a
// command needs it.
type Host interface {
	// Serve starts the app, servers included, and stops it when ctx ends. A nil
	// error means that all went well.
	Serve(ctx context.Context) error
	// Run starts all but the servers, calls do, and stops the app. ctx is the
	// context of an action's run, but for its connection. The error is that of
	// starting, of do, or of stopping.
	Run(ctx context.Context, do func(ctx context.Context) error) error
	// Settings lists the settings, with secrets masked. The error says which of
	// them are wrong; the list is complete all the same.
	Settings() ([]config.Setting, error)
	// SetQuiet logs nothing less than warnings from now on.
	SetQuiet()
}

// Execute runs the command that args, the arguments without the program's
// name, ask for, and returns the exit status. It panics when an action or a part
// has a command that cannot be: see [CheckName].
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
