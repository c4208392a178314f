package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/cli"
	"github.com/keryx-go/keryx/internal/input"
)

type kinds struct {
	Text   string                 `json:"text,omitempty"`
	Int    int                    `json:"int,omitempty"`
	Uint   uint8                  `json:"uint,omitempty"`
	Float  float64                `json:"float,omitempty"`
	Bool   *bool                  `json:"bool,omitempty"`
	List   []int                  `json:"list,omitempty"`
	Pair   [2]string              `json:"pair,omitzero"`
	Bools  []bool                 `json:"bools,omitempty"`
	Object *struct{ A int }       `json:"object,omitempty"`
	Many   []struct{ A int }      `json:"many,omitempty"`
	Map    map[string]int         `json:"map,omitempty"`
	At     time.Time              `json:"at,omitzero"`
	Day    time.Time              `json:"day,omitzero" format:"date"`
	Wait   time.Duration          `json:"wait,omitempty"`
	Bytes  []byte                 `json:"bytes,omitempty"`
	Raw    json.RawMessage        `json:"raw,omitempty"`
	Any    any                    `json:"any,omitempty"`
	Maybe  input.Optional[string] `json:"maybe,omitzero"`
	Secret string                 `json:"secret,omitempty" secret:"true"`
	Enum   string                 `json:"enum,omitempty" enum:"a,b"`
}

// echo has an action that returns its input.
func echo[T any](r *action.Registry) {
	action.Handle(r, action.Action{Name: "echo"}, func(_ context.Context, in T) (T, error) { return in, nil })
}

func TestInputKinds(t *testing.T) {
	for args, want := range map[string]string{
		"":                                 `{}`,
		"--text x":                         `{"text":"x"}`,
		"--text=":                          `{}`,
		"--text=a=b":                       `{"text":"a=b"}`,
		"--text --weird":                   `{"text":"--weird"}`,
		"--text -":                         `{"text":"-"}`,
		"--int -5":                         `{"int":-5}`,
		"--int 1e3":                        `{"int":1000}`,
		"--uint 255":                       `{"uint":255}`,
		"--float 1.5":                      `{"float":1.5}`,
		"--bool":                           `{"bool":true}`,
		"--bool=false":                     `{"bool":false}`,
		"--bool=on":                        `{"bool":true}`,
		"--list 1 --list 2":                `{"list":[1,2]}`,
		"--pair a --pair b":                `{"pair":["a","b"]}`,
		"--bools true --bools false":       `{"bools":[true,false]}`,
		`--object {"A":1}`:                 `{"object":{"A":1}}`,
		`--many {"A":1} --many {"A":2}`:    `{"many":[{"A":1},{"A":2}]}`,
		`--map {"a":1}`:                    `{"map":{"a":1}}`,
		"--at 2026-01-02T03:04:05Z":        `{"at":"2026-01-02T03:04:05Z"}`,
		"--day 2026-01-02":                 `{"day":"2026-01-02T00:00:00Z"}`,
		"--wait 1m30s":                     `{"wait":90000000000}`,
		"--bytes aGk=":                     `{"bytes":"aGk="}`,
		"--raw [1]":                        `{"raw":[1]}`,
		"--any x":                          `{"any":"x"}`,
		"--maybe x":                        `{"maybe":"x"}`,
		"--secret s3cret":                  `{"secret":"s3cret"}`,
		"--enum a":                         `{"enum":"a"}`,
		"--int 1 -q --text=x --quiet=true": `{"text":"x","int":1}`,
	} {
		got := execute(t, app(echo[kinds]), append([]string{"echo"}, strings.Fields(args)...)...)
		if got != (outcome{0, want + "\n", ""}) {
			t.Errorf("%s: %+v, want %s", args, got, want)
		}
	}
	execute(t, app(echo[kinds]), "-q", "echo", "--text", "before").is(t, 0, `{"text":"before"}`+"\n", "")
	execute(t, app(echo[kinds]), "--text", "before", "echo").is(t, 0, `{"text":"before"}`+"\n", "")
}

// TestBadInput checks that the action reports every invalid field, as over HTTP.
func TestBadInput(t *testing.T) {
	for args, want := range map[string]string{
		"--int x":             `int: int must be a whole number (x)`,
		"--int 1 --int 2":     `int: int must be a single value ([1 2])`,
		"--bool=maybe":        `bool: bool must be true or false (maybe)`,
		"--list 1 --list x":   `list[1]: list[1] must be a whole number (x)`,
		"--pair a":            `pair: pair must have exactly 2 items (a)`,
		"--object 5":          `object: object must be an object (5)`,
		"--object {}":         `object.A: Missing required param: object.A (<nil>)`,
		"--enum c":            `enum: enum must be a or b (c)`,
		"--at now":            `at: at must be a date and time such as 2026-01-31T15:04:05Z (now)`,
		"--text a\x00b":       "text: text must not contain NUL characters (a\x00b)",
		"--text \xff":         `text: text must be text in UTF-8 (<nil>)`,
		"--int x --float y":   `int: int must be a whole number (x); float: float must be a number (y)`,
		"--secret a\x00":      `secret: secret must not contain NUL characters ([[secret]])`,
		"--uint 256 --enum c": `uint: uint must be between 0 and 255 (256); enum: enum must be a or b (c)`,
	} {
		got := execute(t, app(echo[kinds]), append([]string{"echo"}, strings.Fields(args)...)...)
		if told := fieldErrors(t, got.stdout); got.code != 1 || told != want || got.stderr != "" {
			t.Errorf("%q: exit %d, %s, want %s; stderr %q", args, got.code, told, want, got.stderr)
		}
	}
	execute(t, app(echo[kinds]), "-q", "echo", "--int=", "--text=").is(t, 0, `{}`+"\n", "") // an empty number is none
	execute(t, app(users), "user:show").is(t, 1,
		`{"error":{"message":"Missing required param: userId","type":"CONNECTION_ACTION_PARAM_REQUIRED","timestamp":0,`+
			`"key":"userId","errors":[{"message":"Missing required param: userId","key":"userId"}]}}`+"\n", "")
}

// fieldErrors reads the errors of a printed error: "key: message (value); …".
func fieldErrors(t *testing.T, stdout string) string {
	t.Helper()
	var body struct {
		Error struct {
			Errors []fault.FieldError `json:"errors"`
		} `json:"error"`
	}
	if err := json.Unmarshal([]byte(stdout), &body); err != nil {
		t.Fatalf("%v in %q", err, stdout)
	}
	var out []string
	for _, e := range body.Error.Errors {
		out = append(out, fmt.Sprintf("%s: %s (%v)", e.Key, e.Message, e.Value))
	}
	return strings.Join(out, "; ")
}

func TestActionErrors(t *testing.T) {
	a := app(users)
	execute(t, a, "user:show", "--userId", "404").is(t, 1,
		`{"error":{"message":"no such user","type":"CONNECTION_ACTION_RUN","timestamp":0}}`+"\n", "")
	a.IncludeStack = true
	if got := execute(t, a, "user:show", "--userId", "404"); !strings.Contains(got.stdout, `"stack":"CONNECTION_ACTION_RUN: no such user\n  caused by *errors.errorString: sql: no rows"`) {
		t.Errorf("no stack in %s", got.stdout)
	}
}

func TestUnknownAction(t *testing.T) {
	notFound := func(name string) string {
		return `{"error":{"message":"Action not found: ` + name + `","type":"CONNECTION_ACTION_NOT_FOUND","timestamp":0}}` + "\n"
	}
	hint := "Run 'demo --help' for the commands and actions.\n"
	for _, test := range []struct{ args, name, meant string }{
		{"foo", "foo", ""},
		{"foo --help", "foo", ""},
		{"foo --userId 5", "foo", ""},
		{"--userId 5 foo", "foo", ""},
		{"-q foo", "foo", ""},
		{"user:shwo", "user:shwo", "user:show"},
		{"user.show", "user.show", "user:show"},
		{"USER:SHOW", "USER:SHOW", "user:show"},
		{"user", "user", "user:show or user:create"},
		{"strat", "strat", "start"},
	} {
		stderr := hint
		if test.meant != "" {
			stderr = "Did you mean " + test.meant + "?\n" + hint
		}
		execute(t, app(users), strings.Fields(test.args)...).is(t, 1, notFound(test.name), stderr)
	}
}

type page struct{ http.Handler }

func (page) MarshalJSON() ([]byte, error) { return []byte(`{"file":"report.pdf"}`), nil }

func TestResults(t *testing.T) {
	for name, test := range map[string]struct {
		result any
		want   string
	}{
		"nil":               {nil, "null"},
		"text":              {"a<b", `"a\u003cb"`},
		"list":              {[]int{1}, "[1]"},
		"response with":     {page{http.NotFoundHandler()}, `{"file":"report.pdf"}`},
		"response without":  {http.RedirectHandler("/", http.StatusFound), ""},
		"response function": {http.HandlerFunc(http.NotFound), ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := app(func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "get"}, func(context.Context, struct{}) (any, error) { return test.result, nil })
			})
			if test.want != "" {
				execute(t, a, "get").is(t, 0, test.want+"\n", "")
				return
			}
			execute(t, a, "get").is(t, 1, `{"error":{"message":"Action 'get' answers over HTTP only: its result is an HTTP response",`+
				`"type":"CONNECTION_ACTION_RUN","timestamp":0}}`+"\n", "")
		})
	}
}

func TestErrorValueWithoutJSON(t *testing.T) {
	a := app(func(r *action.Registry) {
		action.Handle(r, action.Action{Name: "get"}, func(context.Context, struct{}) (any, error) {
			return nil, &fault.Error{Message: "bad", Key: "k", Value: make(chan int)}
		})
	})
	execute(t, a, "get").is(t, 1, `{"error":{"message":"bad","type":"CONNECTION_ACTION_RUN","timestamp":0,"key":"k"}}`+"\n", "")
}

func TestRun(t *testing.T) {
	type key struct{}
	var seen *connection.Connection
	var events []string
	a := app(func(r *action.Registry) {
		action.Handle(r, action.Action{Name: "who"}, func(ctx context.Context, _ struct{}) (any, error) {
			events = append(events, "action")
			seen = connection.From(ctx)
			return ctx.Value(key{}), nil
		})
	})
	h := &host{}
	a.Host = h
	h.run = func(ctx context.Context, do func(context.Context) error) error {
		events = append(events, "start")
		err := do(context.WithValue(ctx, key{}, "from Run"))
		events = append(events, "stop")
		return err
	}
	execute(t, a, "who").is(t, 0, "\"from Run\"\n", "")
	if seen.Transport != connection.CLI || h.quiet {
		t.Errorf("transport %q, quiet %v", seen.Transport, h.quiet)
	}
	if got := strings.Join(events, " "); got != "start action stop" {
		t.Error(got)
	}
	for _, args := range [][]string{{"-q", "who"}, {"who", "-q"}, {"who", "--quiet"}} {
		if h.quiet = false; execute(t, a, args...).code != 0 || !h.quiet {
			t.Errorf("%v is not quiet", args)
		}
	}
	a.Quiet = true
	h.quiet = false
	if execute(t, a, "who"); !h.quiet {
		t.Error("Quiet was not heeded")
	}
	h.quiet = false
	if execute(t, a, "who", "--quiet=false"); h.quiet {
		t.Error("--quiet=false was not heeded")
	}
}

func TestRunFails(t *testing.T) {
	a := app(users)
	h := &host{}
	a.Host = h
	h.run = func(context.Context, func(context.Context) error) error {
		return errors.New("cannot connect to redis (redis://localhost:6379/0): refused; set REDIS_URL")
	}
	execute(t, a, "user:show", "--userId", "5").is(t, 1,
		`{"error":{"message":"cannot connect to redis (redis://localhost:6379/0): refused; set REDIS_URL","type":"SERVER_INITIALIZATION","timestamp":0}}`+"\n",
		"cannot connect to redis (redis://localhost:6379/0): refused; set REDIS_URL\n")
	h.run = func(context.Context, func(context.Context) error) error {
		return fmt.Errorf("wrapped: %w", &fault.Error{Type: fault.ConfigError, Message: "bad setting"})
	}
	execute(t, a, "cleanup").is(t, 1,
		`{"error":{"message":"bad setting","type":"CONFIG_ERROR","timestamp":0}}`+"\n", "wrapped: bad setting\n")
	h.run = func(ctx context.Context, do func(context.Context) error) error {
		return errors.Join(do(ctx), errors.New("redis did not stop"))
	}
	execute(t, a, "user:show", "--userId", "5").is(t, 1, `{"userId":5}`+"\n", "redis did not stop\n")
}

func TestInterruptedAction(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	a := app(func(r *action.Registry) {
		action.Handle(r, action.Action{Name: "wait"}, func(ctx context.Context, _ struct{}) (any, error) {
			interrupt()
			<-ctx.Done()
			close(stopped)
			return nil, ctx.Err()
		})
	})
	executeWith(ctx, a, "wait").is(t, 1,
		`{"error":{"message":"The caller went away","type":"CONNECTION_ACTION_RUN","timestamp":0}}`+"\n", "")
	<-stopped
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestResultThatCannotBeWritten(t *testing.T) {
	a := app(users)
	a.Stdout = brokenPipe{}
	for _, args := range [][]string{{"cleanup"}, {"user:show"}, {"foo"}} {
		var stderr strings.Builder
		a.Stderr = &stderr
		if code := cli.Execute(t.Context(), a, args); code != 1 || !strings.Contains(stderr.String(), "cannot write the result: broken pipe") {
			t.Errorf("%v: exit %d, %s", args, code, &stderr)
		}
	}
}

// TestSideBySide runs command lines at once: they share nothing.
func TestSideBySide(t *testing.T) {
	a := app(echo[kinds])
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			got := executeWith(t.Context(), a, "echo", "--int", fmt.Sprint(i+1))
			if want := fmt.Sprintf("{\"int\":%d}\n", i+1); got.stdout != want {
				t.Errorf("got %s, want %s", got.stdout, want)
			}
		})
	}
	all.Wait()
}
