// Package cli is the command line of an app: start, actions, config, migrate,
// cache, and one command for each action, whose flags are the action's inputs.
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
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/redis"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// App is what a command line drives. The functions connect it to the rest of
// an app, so that nothing is started before a command needs it.
type App struct {
	// Name is what the app is called in help, without spaces. Default: the
	// name of the executable.
	Name string
	// Version is what --version shows. Empty means there is no such flag.
	Version string
	// Description is one line for --help.
	Description string
	// Actions become commands, those that the command line reaches. Execute
	// panics when [CheckName] refuses the name of one.
	Actions []*action.Entry
	// APIRoute is what the routes of actions are below, for display: "/api".
	APIRoute string
	// Quiet acts as if --quiet were given (CLI_QUIET).
	Quiet bool
	// IncludeStack adds the stack to errors (CLI_INCLUDE_STACK_IN_ERRORS).
	IncludeStack bool

	// Start serves until ctx ends. A nil error means that it ended well. When
	// quiet is set it logs warnings and errors only.
	Start func(ctx context.Context, quiet bool) error
	// Run starts everything but the servers, calls do, and stops again. Its
	// error is one of starting or stopping, or what do returned. Nil calls do
	// at once.
	Run func(ctx context.Context, quiet bool, do func(context.Context) error) error
	// Settings lists the settings for the config command, with secrets masked,
	// and says what is wrong with them, if anything is.
	Settings func() ([]Setting, error)
	// Migrate connects to the database, calls do, and disconnects. Nil means
	// that the app has no migrations.
	Migrate func(ctx context.Context, quiet bool, do func(context.Context, Migrator) error) error
	// CreateMigration writes the files of a new, empty migration and returns
	// their paths. Nil means that the app has no migrations.
	CreateMigration func(name string) ([]string, error)
	// Redis connects to Redis and starts nothing else, calls do, and
	// disconnects. Nil means that there are no cache commands.
	Redis func(ctx context.Context, quiet bool, do func(context.Context, *redis.Connections) error) error

	// Stdin, Stdout and Stderr default to the process's.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Setting is a row of the config command.
type Setting struct {
	// Path is where the setting is in the app's configuration.
	Path string
	// Value is what it is set to, masked when it is a secret.
	Value string
	// Source says where the value comes from.
	Source string
	// Variable is the environment variable that sets it.
	Variable string
}

// Migrator changes the schema of a database.
type Migrator interface {
	// Up applies every pending migration and returns the names of those that
	// it applied, also when a later one failed.
	Up(ctx context.Context) (applied []string, err error)
	// Down reverts what the last Up has applied and returns the names.
	Down(ctx context.Context) (reverted []string, err error)
	// Status lists all migrations in their order.
	Status(ctx context.Context) ([]Migration, error)
}

// Migration is a row of migrate status.
type Migration struct {
	Name string
	// Applied is when it was applied. Zero means that it is pending.
	Applied time.Time
}

// Execute runs the command that args, the arguments without the program's
// name, ask for, and returns the exit status. It panics when an action has a
// name that cannot be a command.
func Execute(ctx context.Context, app App, args []string) int {
	p := &program{App: app.withDefaults()}
	p.build(args)
	if len(args) == 0 {
		p.root.SetOut(p.Stderr)
		_ = p.root.Help() // it is always nil
		return exitUsage
	}
	if err := p.checkCommand(args); err != nil {
		return p.exit(err)
	}
	p.root.SetArgs(args)
	return p.exit(p.root.ExecuteContext(ctx))
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
