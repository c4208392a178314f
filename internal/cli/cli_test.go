package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/cli"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outcome is the result of an execution.
type outcome struct {
	code           int
	stdout, stderr string
}

var timestamp = regexp.MustCompile(`"timestamp":\d+`)

// execute runs a command line with nothing on standard input.
func execute(t *testing.T, app cli.App, args ...string) outcome {
	t.Helper()
	return executeWith(t.Context(), app, args...)
}

func executeWith(ctx context.Context, app cli.App, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	app.Stdout, app.Stderr = &stdout, &stderr
	if app.Stdin == nil {
		app.Stdin = strings.NewReader("")
	}
	code := cli.Execute(ctx, app, args)
	return outcome{code, timestamp.ReplaceAllString(stdout.String(), `"timestamp":0`), stderr.String()}
}

// is compares an outcome in whole.
func (o outcome) is(t *testing.T, code int, stdout, stderr string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit status %d, want %d", o.code, code)
	}
	if o.stdout != stdout {
		t.Errorf("stdout:\n%s\nwant:\n%s", o.stdout, stdout)
	}
	if o.stderr != stderr {
		t.Errorf("stderr:\n%s\nwant:\n%s", o.stderr, stderr)
	}
}

// golden compares text with a file in testdata, which -update writes.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update rewrites it); got:\n%s\nwant:\n%s", path, got, want)
	}
}

// app returns a command line with the actions that add registers.
func app(add func(*action.Registry)) cli.App {
	r := action.NewRegistry(action.Options{})
	add(r)
	return cli.App{Name: "demo", Version: "1.2.3", Description: "A demo", Actions: r.All(), APIRoute: "/api"}
}

type createInput struct {
	Name     string   `json:"name" doc:"The user's name" minLength:"3"`
	Email    string   `json:"email" doc:"Where to \x60write\x60 to" format:"email"`
	Password string   `json:"password" doc:"At least eight characters" minLength:"8" secret:"true"`
	Role     string   `json:"role" doc:"What the user may do" enum:"admin,member" default:"member"`
	Tags     []string `json:"tags,omitempty" doc:"Any words"`
	Active   bool     `json:"active,omitempty" doc:"Can log in"`
	Address  *struct {
		Street string `json:"street"`
	} `json:"address" doc:"Where the user lives"`
	Picture *action.File  `json:"picture" doc:"A portrait"`
	Trial   time.Duration `json:"trial,omitempty"`
}

type showInput struct {
	UserID int64 `json:"userId" doc:"The user's id" minimum:"1"`
}

// users has an action of each sort.
func users(r *action.Registry) {
	action.Handle(r, action.Action{
		Name: "user:create", Description: "Create a user\nIt can log in at once.", Web: action.PUT("/user"),
	}, func(_ context.Context, in createInput) (map[string]any, error) {
		return map[string]any{"name": in.Name, "role": in.Role}, nil
	})
	action.Handle(r, action.Action{Name: "user:show", Description: "Show one user", Web: action.GET("/user/{userId}")},
		func(_ context.Context, in showInput) (showInput, error) {
			if in.UserID == 404 {
				return in, &fault.Error{Message: "no such user", Err: errors.New("sql: no rows")}
			}
			return in, nil
		})
	action.Handle(r, action.Action{Name: "cleanup"}, func(context.Context, struct{}) (any, error) { return nil, nil })
}
