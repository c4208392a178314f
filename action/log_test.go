package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

type logged struct {
	Email    string `json:"email,omitempty"`
	Password string `json:"password,omitempty" secret:"true"`
	Cards    []struct {
		Number string `json:"number" secret:"true"`
		Name   string `json:"name,omitempty"`
	} `json:"cards,omitempty"`
	Amount json.Number `json:"amount,omitempty"`
	Any    any         `json:"any,omitempty"`
	N      int         `json:"n,omitempty"`
}

func TestLineOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var book logbook
		_, e := register(action.Options{Logger: book.logger(slog.LevelInfo)}, action.Action{},
			func(context.Context, logged) (any, error) { time.Sleep(1500 * time.Millisecond); return 1, nil })
		ctx := connection.With(t.Context(), &connection.Connection{Transport: connection.Web, RemoteAddr: "192.0.2.7", CorrelationID: "c-1"})
		if _, err := e.Serve(ctx, action.Params{"email": action.Text{"a@b"}, "n": json.Number("5")}); err != nil {
			t.Fatal(err)
		}
		line, _ := json.Marshal(book.line(t)) // keys in order
		want := `{"correlationId":"c-1","duration":1500000000,"from":"192.0.2.7","level":"INFO","msg":"action","name":"test",` +
			`"params":{"email":"a@b","n":5},"status":"OK","time":"2000-01-01T00:00:01.5Z","transport":"web"}`
		if got := strings.Replace(string(line), book.line(t)["time"].(string), "2000-01-01T00:00:01.5Z", 1); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	})
}

// TestLinesOfFailures: the client's faults are no errors of the server.
func TestLinesOfFailures(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		params action.Params
		want   string
	}{
		"plain error":    {errors.New("database down"), nil, "ERROR CONNECTION_ACTION_RUN Internal server error: database down"},
		"own error":      {&fault.Error{Type: fault.ConnectionSessionNotFound, Message: "who?"}, nil, "INFO CONNECTION_SESSION_NOT_FOUND who?"},
		"own with cause": {&fault.Error{Type: fault.ServerStart, Message: "no", Err: errors.New("disk full")}, nil, "ERROR SERVER_START no: disk full"},
		"own, wrapped":   {fmt.Errorf("charge: %w", &fault.Error{Type: fault.ActionValidation, Message: "declined"}), nil, "ERROR ACTION_VALIDATION declined: charge: declined"},
		"own status":     {&fault.Error{Type: fault.ActionValidation, Message: "taken", Status: 409}, nil, "INFO ACTION_VALIDATION taken"},
		"parameters":     {nil, action.Params{"n": "x", "email": 1}, "INFO CONNECTION_ACTION_PARAM_REQUIRED email must be text; n must be a whole number"},
	} {
		t.Run(name, func(t *testing.T) {
			var book logbook
			_, e := register(action.Options{HideInternals: true, Logger: book.logger(slog.LevelInfo)}, action.Action{},
				func(context.Context, logged) (any, error) { return nil, test.err })
			fail(t, e, test.params)
			line := book.line(t)
			if got := fmt.Sprint(line["level"], " ", line["status"], " ", line["error"]); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			for _, key := range []string{"from", "correlationId", "stack"} {
				if value, there := line[key]; there {
					t.Errorf("%s is %v", key, value)
				}
			}
			if line["transport"] != connection.Internal {
				t.Errorf("the transport is %v", line["transport"])
			}
		})
	}
}

func TestLinesBelowTheLevelAreNotWritten(t *testing.T) {
	var book logbook
	_, e := register(action.Options{Logger: book.logger(slog.LevelWarn)}, action.Action{}, returns(1, nil))
	serve(t, e, nil)
	if lines := book.lines(t); len(lines) != 0 {
		t.Errorf("got %v", lines)
	}
}

// params runs an action that accepts anything of logged, and returns what the
// log says of the parameters.
func params(t *testing.T, limit int, p action.Params) string {
	t.Helper()
	var book logbook
	_, e := register(action.Options{Logger: book.logger(slog.LevelInfo), MaxParamLength: limit}, action.Action{},
		func(context.Context, logged) (any, error) { return nil, nil })
	_, _ = e.Serve(t.Context(), p)
	encoded, err := json.Marshal(book.line(t)["params"])
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func TestLoggedParams(t *testing.T) {
	number := strings.Repeat("1", 200)
	for name, test := range map[string]struct {
		params action.Params
		limit  int
		want   string
	}{
		"none":            {nil, 0, `{}`},
		"secret":          {action.Params{"password": "hunter2"}, 0, `{"password":"[[secret]]"}`},
		"secret as text":  {action.Params{"password": action.Text{"hunter2", "again"}}, 0, `{"password":"[[secret]]"}`},
		"nested secrets":  {action.Params{"cards": []any{map[string]any{"number": "4111", "name": "n"}}}, 0, `{"cards":[{"name":"n","number":"[[secret]]"}]}`},
		"nested as text":  {action.Params{"cards": action.Text{`{"number":"4111","nmae":"n"}`}}, 0, `{"cards":[{"number":"[[secret]]"}]}`},
		"misplaced":       {action.Params{"cards": "4111"}, 0, `{"cards":"[[secret]]"}`},
		"misspelt":        {action.Params{"pasword": "hunter2", "email": "a"}, 0, `{"email":"a"}`},
		"misspelt nested": {action.Params{"cards": []any{map[string]any{"numbr": "4111"}}}, 0, `{"cards":[{}]}`},
		"no limit":        {action.Params{"email": strings.Repeat("x", 1000)}, 0, `{"email":"` + strings.Repeat("x", 1000) + `"}`},
		"at the limit":    {action.Params{"email": strings.Repeat("ä", 5)}, 5, `{"email":"äääää"}`},
		"over the limit":  {action.Params{"email": strings.Repeat("ä", 6)}, 5, `{"email":"äääää…"}`},
		"long list":       {action.Params{"any": []any{"aaaa", "bbbb"}}, 6, `{"any":"[\"aaaa…"}`},
		"long number":     {action.Params{"amount": json.Number(number)}, 10, `{"amount":"1111111111…"}`},
		"short number":    {action.Params{"amount": json.Number("12.5")}, 10, `{"amount":12.5}`},
		"null":            {action.Params{"any": nil}, 0, `{"any":null}`},
	} {
		if got := params(t, test.limit, test.params); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, test.want)
		}
	}
}

// TestHiddenParams: the names say what was sent, and nothing else does.
func TestHiddenParams(t *testing.T) {
	var book logbook
	_, e := register(action.Options{Logger: book.logger(slog.LevelInfo), HideParams: true}, action.Action{},
		func(context.Context, logged) (any, error) { return nil, nil })
	_, _ = e.Serve(t.Context(), action.Params{"password": "hunter2", "email": "ada", "pasword": "x"})
	if got := fmt.Sprint(book.line(t)["params"]); got != "[email password]" {
		t.Errorf("got %s", got)
	}
}

func TestLineOfATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var book logbook
		release := make(chan struct{})
		_, e := register(action.Options{Logger: book.logger(slog.LevelInfo)}, action.Action{Timeout: 2 * time.Second},
			func(context.Context, none) (any, error) { <-release; return nil, errors.New("late") })
		fail(t, e, nil)
		close(release)
		synctest.Wait()
		line := book.line(t) // one, in spite of the late error
		if line["status"] != "CONNECTION_ACTION_TIMEOUT" || line["duration"] != 2e9 || line["level"] != "INFO" {
			t.Errorf("got %v", line)
		}
	})
}

// FuzzLoggedParams: no cut leaves half a character or more than was asked for.
func FuzzLoggedParams(f *testing.F) {
	f.Add("äöü", 2)
	f.Add("a\xff\xfe", 1)
	f.Fuzz(func(t *testing.T, value string, limit int) {
		var book logbook
		_, e := register(action.Options{Logger: book.logger(slog.LevelInfo), MaxParamLength: limit}, action.Action{},
			func(context.Context, logged) (any, error) { return nil, nil })
		_, _ = e.Serve(t.Context(), action.Params{"email": action.Text{value}})
		got, _ := book.line(t)["params"].(map[string]any)["email"].(string)
		if limit <= 0 {
			limit = 100
		}
		if n := utf8.RuneCountInString(got); !utf8.ValidString(got) || n > limit+1 {
			t.Errorf("%q is logged as %q", value, got)
		}
	})
}
