package action_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// TestErrorsOfAnAction says what becomes of what an action returns.
func TestErrorsOfAnAction(t *testing.T) {
	plain := errors.New("connection to 10.0.0.7 refused")
	own := &fault.Error{Type: fault.ActionValidation, Message: "User already exists", Status: 409, Err: plain}
	for name, test := range map[string]struct {
		err    error
		hide   bool
		want   string // type status message
		causes error
	}{
		"plain":               {plain, false, "CONNECTION_ACTION_RUN 500 connection to 10.0.0.7 refused", plain},
		"plain, hidden":       {plain, true, "CONNECTION_ACTION_RUN 500 Internal server error", plain},
		"own":                 {own, false, "ACTION_VALIDATION 409 User already exists", plain},
		"own is never hidden": {own, true, "ACTION_VALIDATION 409 User already exists", plain},
		"own, wrapped":        {fmt.Errorf("creating: %w", own), true, "ACTION_VALIDATION 409 User already exists", plain},
		"own, joined":         {errors.Join(io.EOF, fmt.Errorf("deep: %w", own)), true, "ACTION_VALIDATION 409 User already exists", plain},
		"no type":             {&fault.Error{Message: "no", Err: plain}, true, "CONNECTION_ACTION_RUN 500 no", plain},
		"no type, a status":   {&fault.Error{Message: "no", Status: 418}, true, "CONNECTION_ACTION_RUN 418 no", nil},
		"type of the app":     {&fault.Error{Type: "APP", Message: "no"}, true, "APP 500 no", nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, e := register(action.Options{HideInternals: test.hide}, action.Action{}, returns(0, test.err))
			err := fail(t, e, nil)
			if got := fmt.Sprintf("%s %d %s", err.Type, err.HTTPStatus(), err.Message); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.causes != nil && !errors.Is(err, test.causes) {
				t.Errorf("the cause is lost in %v", err)
			}
		})
	}
	if own.Type != fault.ActionValidation || own.Key != "" {
		t.Errorf("the app's error was changed: %+v", own)
	}
}

func TestErrorOfWrongParameters(t *testing.T) {
	type in struct {
		N int    `json:"n" minimum:"1"`
		S string `json:"s"`
	}
	_, e := register(action.Options{}, action.Action{}, func(context.Context, in) (any, error) {
		t.Error("the action ran")
		return nil, nil
	})
	err := fail(t, e, action.Params{"n": action.Text{"0"}})
	if err.Type != fault.ConnectionActionParamRequired || err.HTTPStatus() != 406 ||
		err.Key != "n" || err.Value != "0" || err.Message != "n must be at least 1" {
		t.Errorf("got %+v", err)
	}
	if len(err.Errors) != 2 || err.Errors[1].Message != "Missing required param: s" || err.Errors[1].Key != "s" {
		t.Errorf("got %+v", err.Errors)
	}
}

// broken is an error that cannot even be printed.
type broken struct{ text *string }

func (b *broken) Error() string { return *b.text }

// TestErrorThatPanics: whatever an action returns, the run ends with an error
// and a line in the log.
func TestErrorThatPanics(t *testing.T) {
	for name, err := range map[string]error{
		"nil receiver": (*broken)(nil), "nil inside": &broken{}, "as the cause": &fault.Error{Type: fault.ServerStart, Message: "no", Err: &broken{}},
	} {
		t.Run(name, func(t *testing.T) {
			var book logbook
			_, e := register(action.Options{Logger: book.logger(0)}, action.Action{}, returns(0, err))
			if got := fail(t, e, nil); got.HTTPStatus() != 500 {
				t.Errorf("got %+v", got)
			} else {
				got.Body(true)
			}
			book.line(t)
		})
	}
}
