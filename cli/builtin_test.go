package cli_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/cli"
	"github.com/keryx-go/keryx/connection"
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
	for name, want := range map[string]string{
		"start": `keryx: action "start": the command line has a command "start" of its own; rename the action`,
		"help":  `keryx: action "help": the command line has a command "help" of its own; rename the action`,
		"-x":    `keryx: action "-x": a name that begins with a dash is a flag on the command line; rename the action`,
		"a b":   `keryx: action "a b": a name with spaces in it cannot be a command; rename the action`,
	} {
		a := app(func(r *action.Registry) {
			action.Handle(r, action.Action{Name: name}, func(context.Context, struct{}) (any, error) { return nil, nil })
		})
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %s", got, want)
				}
			}()
			execute(t, a, "actions")
		}()
	}
	for _, name := range []string{"actions", "config", "migrate", "completion", "__complete"} {
		if cli.CheckName(name) == nil {
			t.Errorf("%s is not refused", name)
		}
	}
	for _, name := range []string{"user:show", "status", "up", "new", "starts"} {
		if err := cli.CheckName(name); err != nil {
			t.Error(err)
		}
	}
}

func TestStart(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	a := app(users)
	var quiet bool
	a.Start = func(ctx context.Context, q bool) error {
		quiet = q
		interrupt()
		<-ctx.Done()
		return nil
	}
	executeWith(ctx, a, "start").is(t, 0, "", "")
	if executeWith(ctx, a, "start", "-q"); !quiet {
		t.Error("start -q is not quiet")
	}
	a.Start = func(context.Context, bool) error { return errors.New("cannot listen on :8080: in use") }
	execute(t, a, "start").is(t, 1, "", "cannot listen on :8080: in use\n")
	a.Start = nil
	execute(t, a, "start").is(t, 1, "", "this app has no server to start\n")
}

func TestActions(t *testing.T) {
	execute(t, app(users), "actions").is(t, 0, ""+
		"ACTION       REACHED BY   ROUTE                   DESCRIPTION\n"+
		"cleanup      cli          -                       -\n"+
		"user:create  http ws cli  PUT /api/user           Create a user\n"+
		"user:show    http ws cli  GET /api/user/{userId}  Show one user\n", "")
}

// TestActionsOfOtherTransports are listed, and are no commands.
func TestActionsOfOtherTransports(t *testing.T) {
	a := app(func(r *action.Registry) {
		for _, a := range []action.Action{
			{Name: "config", Web: action.GET("/a"), Only: []string{connection.Web}}, // no name for a command, but it is none
			{Name: "socket", Only: []string{connection.WebSocket}},
			{Name: "both", Only: []string{connection.CLI, connection.WebSocket}},
			{Name: "command", Description: "Not over HTTP", Web: action.GET("/b"), Only: []string{connection.CLI}},
		} {
			action.Handle(r, a, func(context.Context, struct{}) (string, error) { return "done", nil })
		}
	})
	execute(t, a, "actions").is(t, 0, ""+
		"ACTION   REACHED BY  ROUTE       DESCRIPTION\n"+
		"both     ws cli      -           -\n"+
		"command  cli         -           Not over HTTP\n"+
		"config   http        GET /api/a  -\n"+
		"socket   ws          -           -\n", "")
	execute(t, a, "both").is(t, 0, "\"done\"\n", "")
	execute(t, a, "command").is(t, 0, "\"done\"\n", "")
	for _, args := range [][]string{{"socket"}, {"socket", "--help"}, {"-q", "socket"}} {
		execute(t, a, args...).is(t, 1, `{"error":{"message":"Action not found: socket","type":"CONNECTION_ACTION_NOT_FOUND","timestamp":0}}`+"\n",
			"Run 'demo --help' for the commands and actions.\n")
	}
	if help := execute(t, a, "--help").stdout; strings.Contains(help, "socket") {
		t.Errorf("help lists what is no command:\n%s", help)
	}
	if help := execute(t, a, "command", "--help").stdout; strings.Contains(help, "/api/b") {
		t.Errorf("help shows a route that is not served:\n%s", help)
	}
	if got := execute(t, a, "__complete", "s").stdout; strings.Contains(got, "socket") {
		t.Errorf("completed to what is no command:\n%s", got)
	}
}

func TestConfig(t *testing.T) {
	a := app(users)
	a.Settings = func() ([]cli.Setting, error) {
		return []cli.Setting{
			{Path: "Redis.ConnectionString", Value: "redis://:xxxxx@host:6379/0", Source: "environment (REDIS_URL_TEST)", Variable: "REDIS_URL"},
			{Path: "Database.ConnectionString", Source: "built-in", Variable: "DATABASE_URL"},
			{Path: "Process.Name", Value: "a\tb\x1b[2J", Source: ".env", Variable: "PROCESS_NAME"},
		}, nil
	}
	table := "" +
		"SETTING                    VALUE                       SOURCE                        VARIABLE\n" +
		"Redis.ConnectionString     redis://:xxxxx@host:6379/0  environment (REDIS_URL_TEST)  REDIS_URL\n" +
		"Database.ConnectionString  -                           built-in                      DATABASE_URL\n" +
		"Process.Name               \"a\\tb\\x1b[2J\"               .env                          PROCESS_NAME\n"
	execute(t, a, "config").is(t, 0, table, "")
	list := a.Settings
	a.Settings = func() ([]cli.Setting, error) {
		settings, _ := list()
		return settings, errors.New(`WEB_SERVER_PORT="x": expected a number`)
	}
	execute(t, a, "config").is(t, 1, table, "WEB_SERVER_PORT=\"x\": expected a number\n")
	a.Settings = nil
	execute(t, a, "config").is(t, 1, "", "this app has no settings\n")
}

// schema is a migrator without a database.
type schema struct {
	applied, pending []string
	fails            error
}

func (s *schema) Up(context.Context) ([]string, error) {
	done := s.pending
	if s.fails != nil {
		done = done[:1]
	}
	s.applied, s.pending = append(s.applied, done...), s.pending[len(done):]
	return done, s.fails
}

func (s *schema) Down(context.Context) ([]string, error) {
	done := s.applied
	s.applied, s.pending = nil, append(done, s.pending...)
	return done, nil
}

func (s *schema) Status(context.Context) ([]cli.Migration, error) {
	var out []cli.Migration
	for _, name := range s.applied {
		out = append(out, cli.Migration{Name: name, Applied: time.Date(2026, 1, 2, 4, 0, 0, 0, time.FixedZone("CET", 3600))})
	}
	for _, name := range s.pending {
		out = append(out, cli.Migration{Name: name})
	}
	return out, s.fails
}

func TestMigrate(t *testing.T) {
	s := &schema{pending: []string{"1_users", "2_messages"}}
	a := app(users)
	quiet := false
	a.Migrate = func(ctx context.Context, q bool, do func(context.Context, cli.Migrator) error) error {
		quiet = q
		return do(ctx, s)
	}
	a.CreateMigration = func(name string) ([]string, error) {
		if name == "users" {
			return nil, errors.New("there is a migration users already")
		}
		return []string{"migrations/3_" + name + ".up.sql", "migrations/3_" + name + ".down.sql"}, nil
	}
	execute(t, a, "migrate", "status").is(t, 0, "MIGRATION   APPLIED\n1_users     pending\n2_messages  pending\n", "")
	s.fails = errors.New(`2_messages: syntax error at "CRATE"`)
	execute(t, a, "migrate", "up").is(t, 1, "applied 1_users\n", "2_messages: syntax error at \"CRATE\"\n")
	execute(t, a, "migrate", "status").is(t, 1, "", "2_messages: syntax error at \"CRATE\"\n")
	s.fails = nil
	execute(t, a, "migrate", "status").is(t, 0, "MIGRATION   APPLIED\n1_users     2026-01-02T03:00:00Z\n2_messages  pending\n", "")
	execute(t, a, "migrate", "up", "-q").is(t, 0, "applied 2_messages\n", "")
	if !quiet {
		t.Error("migrate -q is not quiet")
	}
	execute(t, a, "migrate", "up").is(t, 0, "nothing to apply\n", "")
	execute(t, a, "migrate", "down").is(t, 0, "reverted 1_users\nreverted 2_messages\n", "")
	execute(t, a, "migrate", "down").is(t, 0, "nothing to revert\n", "")
	execute(t, a, "migrate", "new", "tags").is(t, 0, "created migrations/3_tags.up.sql\ncreated migrations/3_tags.down.sql\n", "")
	execute(t, a, "migrate", "new", "users").is(t, 1, "", "there is a migration users already\n")
}

func TestMigrateWithoutMigrations(t *testing.T) {
	for _, args := range []string{"migrate up", "migrate down", "migrate status", "migrate new x"} {
		execute(t, app(users), strings.Fields(args)...).is(t, 1, "", "this app has no migrations\n")
	}
	if help := execute(t, app(users), "--help").stdout; strings.Contains(help, "migrate") {
		t.Errorf("help shows a command that cannot work:\n%s", help)
	}
}
