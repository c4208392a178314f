package cli_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/db/migrations"
	"github.com/keryx-go/keryx/internal/cli"
)

// withMigrations returns an app that has the command migrate.
func withMigrations() cli.App {
	a := app(users)
	a.Commands = migrations.New(migrations.Options{Database: db.New(db.Options{}), Files: fstest.MapFS{}}).Commands(refuse)
	return a
}

func TestHelp(t *testing.T) {
	for file, args := range map[string][]string{
		"help.txt":             {"--help"},
		"help-user-create.txt": {"user:create", "--help"},
		"help-cleanup.txt":     {"cleanup", "-h"},
		"help-migrate.txt":     {"migrate", "--help"},
		"help-migrate-new.txt": {"help", "migrate", "new"},
		"help-completion.txt":  {"help", "completion"},
		"help-start.txt":       {"start", "--help"},
	} {
		t.Run(file, func(t *testing.T) {
			got := execute(t, withMigrations(), args...)
			golden(t, file, got.stdout)
			got.is(t, 0, got.stdout, "")
		})
	}
}

func TestHelpCommandIsHelpFlag(t *testing.T) {
	for _, name := range []string{"user:create", "actions", "help"} {
		want := execute(t, app(users), name, "--help")
		execute(t, app(users), "help", name).is(t, 0, want.stdout, "")
	}
	execute(t, app(users), "help").is(t, 0, execute(t, app(users), "--help").stdout, "")
	execute(t, app(users), "help", "user:creat").is(t, 2, "",
		"demo has no command \"user:creat\"\nDid you mean user:create?\nRun 'demo --help' for usage.\n")
}

func TestNoArgumentsIsMisuse(t *testing.T) {
	help := execute(t, app(users), "--help").stdout
	execute(t, app(users)).is(t, 2, "", help)
}

func TestVersion(t *testing.T) {
	execute(t, app(users), "--version").is(t, 0, "demo version 1.2.3\n", "")
	unversioned := app(users)
	unversioned.Version = ""
	execute(t, unversioned, "--version").is(t, 2, "", "unknown flag: --version\nRun 'demo --help' for usage.\n")
}

// TestOwnFlagsWin gives an action inputs that are named like the flags that
// every command has.
func TestOwnFlagsWin(t *testing.T) {
	type in struct {
		Help   string `json:"help"`
		Quiet  bool   `json:"quiet"`
		Taken  string `json:"input-help,omitempty"`
		Letter string `json:"q,omitempty"`
	}
	a := app(func(r *action.Registry) {
		action.Handle(r, action.Action{Name: "odd"}, func(_ context.Context, i in) (in, error) { return i, nil })
	})
	execute(t, a, "odd", "--input-input-help", "a", "--input-quiet", "--input-help", "b", "--q", "c", "-q").
		is(t, 0, `{"help":"a","quiet":true,"input-help":"b","q":"c"}`+"\n", "")
	golden(t, "help-odd.txt", execute(t, a, "odd", "--help").stdout)
}
