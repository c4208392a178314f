package cli_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/cli"
)

func TestMisuse(t *testing.T) {
	a := withMigrations()
	for args, want := range map[string]string{
		"user:show --usrId 5":          "unknown flag: --usrId\nDid you mean --userId?\nRun 'demo user:show --help' for usage.\n",
		"user:show --user-id=5":        "unknown flag: --user-id\nDid you mean --userId?\nRun 'demo user:show --help' for usage.\n",
		"user:show -userId=5":          "unknown shorthand flag: 'u' in -userId=5\nDid you mean --userId?\nRun 'demo user:show --help' for usage.\n",
		"user:show --zzzzzz":           "unknown flag: --zzzzzz\nRun 'demo user:show --help' for usage.\n",
		"user:show -z":                 "unknown shorthand flag: 'z' in -z\nRun 'demo user:show --help' for usage.\n",
		"user:show --userId":           "flag needs an argument: --userId\nRun 'demo user:show --help' for usage.\n",
		"user:show 5":                  "unexpected argument \"5\"\nRun 'demo user:show --help' for usage.\n",
		"user:show -- 5":               "unexpected argument \"5\"\nRun 'demo user:show --help' for usage.\n",
		"user:show ---userId":          "bad flag syntax: ---userId\nRun 'demo user:show --help' for usage.\n",
		"user:create --active false":   "unexpected argument \"false\"\nDid you mean --active=false?\nRun 'demo user:create --help' for usage.\n",
		"user:show --quiet=perhaps":    "invalid argument \"perhaps\" for \"-q, --quiet\" flag: strconv.ParseBool: parsing \"perhaps\": invalid syntax\nRun 'demo user:show --help' for usage.\n",
		"--zzzzzz":                     "unknown flag: --zzzzzz\nRun 'demo --help' for usage.\n",
		"--versoin":                    "unknown flag: --versoin\nDid you mean --version?\nRun 'demo --help' for usage.\n",
		"start now":                    "unexpected argument \"now\"\nRun 'demo start --help' for usage.\n",
		"actions all":                  "unexpected argument \"all\"\nRun 'demo actions --help' for usage.\n",
		"config show":                  "unexpected argument \"show\"\nRun 'demo config --help' for usage.\n",
		"migrate upp":                  "migrate has no command \"upp\"\nDid you mean up?\nRun 'demo migrate --help' for usage.\n",
		"migrate up 3":                 "unexpected argument \"3\"\nRun 'demo migrate up --help' for usage.\n",
		"migrate new":                  "migrate new needs a name, such as add_users\nRun 'demo migrate new --help' for usage.\n",
		"migrate new a b":              "unexpected argument \"b\"\nRun 'demo migrate new --help' for usage.\n",
		"help migrate upp":             "migrate has no command \"upp\"\nDid you mean up?\nRun 'demo migrate --help' for usage.\n",
		"completion":                   "completion needs a shell: bash|zsh|fish|powershell\nRun 'demo completion --help' for usage.\n",
		"completion bsh":               "there is no completion for the shell \"bsh\"\nDid you mean bash or zsh?\nRun 'demo completion --help' for usage.\n",
		"completion bash zsh":          "unexpected argument \"zsh\"\nRun 'demo completion --help' for usage.\n",
		"user:show --userId 5 --help=": "invalid argument \"\" for \"-h, --help\" flag: strconv.ParseBool: parsing \"\": invalid syntax\nRun 'demo user:show --help' for usage.\n",
	} {
		got := execute(t, a, strings.Fields(args)...)
		if got != (outcome{2, "", want}) {
			t.Errorf("%s: %+v, want %s", args, got, want)
		}
	}
}

func TestNamesThatCannotBeCommands(t *testing.T) {
	none := func(context.Context, struct{}) (any, error) { return nil, nil }
	for name, want := range map[string]string{
		"start":      `keryx: action "start": the command line has a command "start" of its own; rename the action`,
		"help":       `keryx: action "help": the command line has a command "help" of its own; rename the action`,
		"actions":    `keryx: action "actions": the command line has a command "actions" of its own; rename the action`,
		"config":     `keryx: action "config": the command line has a command "config" of its own; rename the action`,
		"completion": `keryx: action "completion": the command line has a command "completion" of its own; rename the action`,
		"__complete": `keryx: action "__complete": the command line has a command "__complete" of its own; rename the action`,
		"cache":      `keryx: action "cache": the command line has a command "cache" of its own; rename the action`,
		"-x":         `keryx: action "-x": a name that begins with a dash is a flag on the command line; rename the action`,
		"a b":        `keryx: action "a b": a name with spaces in it cannot be a command; rename the action`,
	} {
		a := unreachable()
		r := action.NewRegistry(action.Options{})
		action.Handle(r, action.Action{Name: name}, none)
		a.Actions = r.All()
		if got := panicOf(func() { execute(t, a, "actions") }); got != want {
			t.Errorf("panic %v, want %s", got, want)
		}
	}
	for _, name := range []string{"user:show", "status", "up", "new", "starts", "cache:warm"} {
		if err := cli.CheckName(name); err != nil {
			t.Error(err)
		}
	}
	twice := unreachable()
	twice.Commands = append(twice.Commands, &cobra.Command{Use: "cache", Run: func(*cobra.Command, []string) {}})
	if got := panicOf(func() { execute(t, twice, "actions") }); got != `keryx: two commands are named "cache"` {
		t.Errorf("panic %v", got)
	}
}

func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// TestCommandsOfParts has commands with either of cobra's functions.
func TestCommandsOfParts(t *testing.T) {
	a := app(users)
	h := &host{}
	a.Host = h
	fails := errors.New("no ink")
	a.Commands = []*cobra.Command{
		{Use: "print", Short: "Print", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.PrintErrln("to standard error")
			fmt.Fprintln(cmd.OutOrStdout(), "to standard output")
			return fails
		}},
		{Use: "hush", Run: func(*cobra.Command, []string) {}},
	}
	execute(t, a, "print").is(t, 1, "to standard output\n", "to standard error\nno ink\n")
	execute(t, a, "print", "x").is(t, 2, "", "unknown command \"x\" for \"demo print\"\nRun 'demo print --help' for usage.\n")
	execute(t, a, "print", "--x").is(t, 2, "", "unknown flag: --x\nRun 'demo print --help' for usage.\n")
	if execute(t, a, "hush").is(t, 0, "", ""); h.quiet {
		t.Error("quiet without a flag")
	}
	if execute(t, a, "hush", "-q").is(t, 0, "", ""); !h.quiet {
		t.Error("hush -q is not quiet")
	}
}

func TestStart(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	a := app(users)
	h := &host{serve: func(ctx context.Context) error {
		interrupt()
		<-ctx.Done()
		return nil
	}}
	a.Host = h
	if executeWith(ctx, a, "start").is(t, 0, "", ""); h.quiet {
		t.Error("start is quiet")
	}
	if executeWith(ctx, a, "start", "-q"); !h.quiet {
		t.Error("start -q is not quiet")
	}
	h.serve = func(context.Context) error { return errors.New("cannot listen on :8080: in use") }
	execute(t, a, "start").is(t, 1, "", "cannot listen on :8080: in use\n")
	a.Host = nil
	execute(t, a, "start").is(t, 1, "", "this app has no server to start\n")
}

func TestActions(t *testing.T) {
	execute(t, app(users), "actions").is(t, 0, ""+
		"ACTION       REACHED BY   GUARDED BY  ROUTE                   DESCRIPTION\n"+
		"cleanup      cli          -           -                       -\n"+
		"user:create  http ws cli  -           PUT /api/user           Create a user\n"+
		"user:show    http ws cli  -           GET /api/user/{userId}  Show one user\n"+
		"\nOpen to everybody: user:create, user:show\n", "")
}

// TestActionsOfOtherTransports are listed, and are no commands.
func TestActionsOfOtherTransports(t *testing.T) {
	guarded := func(g action.Guard) action.Middleware {
		return func(next action.Handler) action.Handler { action.Describe(next, g); return next }
	}
	a := app(func(r *action.Registry) {
		r.Use(guarded(action.Guard{Name: "login", Login: true}))
		for _, a := range []action.Action{
			{Name: "config", Web: action.GET("/a"), Only: []string{connection.Web}}, // no name for a command, but it is none
			{Name: "socket", Only: []string{connection.WebSocket}},
			{Name: "both", Only: []string{connection.CLI, connection.WebSocket}, Middleware: []action.Middleware{guarded(action.Guard{Name: "scope notes:read"})}},
			{Name: "command", Description: "Not over HTTP", Web: action.GET("/b"), Only: []string{connection.CLI}},
		} {
			action.Handle(r, a, func(context.Context, struct{}) (string, error) { return "done", nil })
		}
	})
	execute(t, a, "actions").is(t, 0, ""+
		"ACTION   REACHED BY  GUARDED BY               ROUTE       DESCRIPTION\n"+
		"both     ws cli      login, scope notes:read  -           -\n"+
		"command  cli         login                    -           Not over HTTP\n"+
		"config   http        login                    GET /api/a  -\n"+
		"socket   ws          login                    -           -\n", "")
	execute(t, a, "both").is(t, 0, "\"done\"\n", "")
	execute(t, a, "command").is(t, 0, "\"done\"\n", "")
	for _, args := range [][]string{{"socket"}, {"socket", "--help"}, {"-q", "socket"}} {
		execute(t, a, args...).is(t, 1, `{"error":{"message":"Action not found: socket","type":"CONNECTION_ACTION_NOT_FOUND","timestamp":0}}`+"\n",
			"Run 'demo --help' for the commands and actions.\n")
	}
	if help := execute(t, a, "--help").stdout; strings.Contains(help, "socket") {
		t.Errorf("help lists something else than a command:\n%s", help)
	}
	if help := execute(t, a, "command", "--help").stdout; strings.Contains(help, "/api/b") {
		t.Errorf("help shows a route that is not served:\n%s", help)
	}
	if got := execute(t, a, "__complete", "s").stdout; strings.Contains(got, "socket") {
		t.Errorf("completed to something else than a command:\n%s", got)
	}
}

func TestConfig(t *testing.T) {
	a := app(users)
	h := &host{settings: []config.Setting{
		{Path: "Redis.ConnectionString", Value: "redis://:xxxxx@host:6379/0", Source: "environment (REDIS_URL_TEST)", Variable: "REDIS_URL"},
		{Path: "Database.ConnectionString", Source: "built-in", Variable: "DATABASE_URL"},
		{Path: "Process.Name", Value: "a\tb\x1b[2J", Source: ".env", Variable: "PROCESS_NAME"},
	}}
	a.Host = h
	table := "" +
		"SETTING                    VALUE                       SOURCE                        VARIABLE\n" +
		"Redis.ConnectionString     redis://:xxxxx@host:6379/0  environment (REDIS_URL_TEST)  REDIS_URL\n" +
		"Database.ConnectionString  -                           built-in                      DATABASE_URL\n" +
		"Process.Name               \"a\\tb\\x1b[2J\"               .env                          PROCESS_NAME\n"
	execute(t, a, "config").is(t, 0, table, "")
	h.wrong = errors.New(`WEB_SERVER_PORT="x": expected a number`)
	execute(t, a, "config").is(t, 1, table, "WEB_SERVER_PORT=\"x\": expected a number\n")
	a.Host = nil
	execute(t, a, "config").is(t, 1, "", "this app has no settings\n")
}
