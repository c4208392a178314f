package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/keryx-go/keryx/action"
)

// TestPayloadOnTheWire is golden: these bytes are the protocol. A bubble of
// synctest begins on 1 January 2000.
func TestPayloadOnTheWire(t *testing.T) {
	cause := fmt.Errorf("reading: %w", io.ErrUnexpectedEOF)
	for name, test := range map[string]struct {
		err   *action.Error
		stack bool
		want  string
	}{
		"least": {
			&action.Error{Type: action.ConnectionActionRun, Message: "no"}, false,
			`{"message":"no","type":"CONNECTION_ACTION_RUN","timestamp":946684800000}`,
		},
		"parameter": {
			&action.Error{
				Type: action.ConnectionActionParamRequired, Message: "bad", Key: "n", Value: json.Number("5"),
				Errors: []action.FieldError{{Message: "bad", Key: "n", Value: json.Number("5")}, {Message: "missing", Key: "m"}},
			}, false,
			`{"message":"bad","type":"CONNECTION_ACTION_PARAM_REQUIRED","timestamp":946684800000,"key":"n","value":5,` +
				`"errors":[{"message":"bad","key":"n","value":5},{"message":"missing","key":"m"}]}`,
		},
		"values that are empty": {
			&action.Error{Type: action.ConnectionActionParamRequired, Message: "bad", Key: "n", Value: ""}, false,
			`{"message":"bad","type":"CONNECTION_ACTION_PARAM_REQUIRED","timestamp":946684800000,"key":"n","value":""}`,
		},
		"cause without stack": {
			&action.Error{Type: action.ServerStart, Message: "no", Err: cause}, false,
			`{"message":"no","type":"SERVER_START","timestamp":946684800000}`,
		},
		"cause with stack": {
			&action.Error{Type: action.ServerStart, Message: "no", Err: cause}, true,
			`{"message":"no","type":"SERVER_START","timestamp":946684800000,"stack":"SERVER_START: no` +
				`\n  caused by *fmt.wrapError: reading: unexpected EOF\n  caused by *errors.errorString: unexpected EOF"}`,
		},
		"no cause with stack": {
			action.NotFound("x"), true,
			`{"message":"Action not found: x","type":"CONNECTION_ACTION_NOT_FOUND","timestamp":946684800000,` +
				`"stack":"CONNECTION_ACTION_NOT_FOUND: Action not found: x"}`,
		},
		"nameless": {
			action.NotFound(""), false,
			`{"message":"Action not found","type":"CONNECTION_ACTION_NOT_FOUND","timestamp":946684800000}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := json.Marshal(test.err.Payload(test.stack))
				if err != nil || string(got) != test.want {
					t.Errorf("\n got %s (%v)\nwant %s", got, err, test.want)
				}
			})
		})
	}
}

// TestStatuses holds every type against the protocol's table.
func TestStatuses(t *testing.T) {
	table := map[int]string{
		401: "CONNECTION_SESSION_NOT_FOUND",
		403: "CONNECTION_CHANNEL_AUTHORIZATION",
		404: "CONNECTION_ACTION_NOT_FOUND",
		400: "CONNECTION_CHANNEL_VALIDATION",
		408: "CONNECTION_ACTION_TIMEOUT",
		429: "CONNECTION_RATE_LIMITED",
		406: "CONNECTION_ACTION_PARAM_REQUIRED CONNECTION_ACTION_PARAM_DEFAULT CONNECTION_ACTION_PARAM_VALIDATION " +
			"CONNECTION_ACTION_PARAM_FORMATTING CONNECTION_TYPE_NOT_FOUND CONNECTION_NOT_SUBSCRIBED",
		500: "SERVER_INITIALIZATION SERVER_START SERVER_STOP CONFIG_ERROR INITIALIZER_VALIDATION ACTION_VALIDATION " +
			"TASK_VALIDATION SERVER_VALIDATION CONNECTION_SERVER_ERROR CONNECTION_ACTION_RUN CONNECTION_TASK_DEFINITION",
	}
	want := map[action.ErrorType]int{}
	for status, types := range table {
		for name := range strings.FieldsSeq(types) {
			want[action.ErrorType(name)] = status
		}
	}
	all := []action.ErrorType{
		action.ServerInitialization, action.ServerStart, action.ServerStop, action.ConfigError, action.InitializerValidation,
		action.ActionValidation, action.TaskValidation, action.ServerValidation, action.ConnectionServerError,
		action.ConnectionSessionNotFound, action.ConnectionActionNotFound, action.ConnectionActionParamRequired,
		action.ConnectionActionParamDefault, action.ConnectionActionParamValidation, action.ConnectionActionParamFormatting,
		action.ConnectionActionRun, action.ConnectionActionTimeout, action.ConnectionRateLimited, action.ConnectionTypeNotFound,
		action.ConnectionNotSubscribed, action.ConnectionChannelAuthorization, action.ConnectionChannelValidation,
		action.ConnectionTaskDefinition,
	}
	for _, typ := range all {
		if status, known := want[typ]; !known || typ.Status() != status {
			t.Errorf("%s answers %d, want %d", typ, typ.Status(), status)
		}
		delete(want, typ)
	}
	for typ := range want {
		t.Errorf("there is no constant for %s", typ)
	}
	if got := action.ErrorType("SOMETHING_OF_AN_APP").Status(); got != 500 {
		t.Errorf("an unknown type answers %d", got)
	}
}

// TestErrorsOfAnAction says what becomes of what an action returns.
func TestErrorsOfAnAction(t *testing.T) {
	plain := errors.New("connection to 10.0.0.7 refused")
	own := &action.Error{Type: action.ActionValidation, Message: "User already exists", Status: 409, Err: plain}
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
		"no type":             {&action.Error{Message: "no", Err: plain}, true, "CONNECTION_ACTION_RUN 500 no", plain},
		"no type, a status":   {&action.Error{Message: "no", Status: 418}, true, "CONNECTION_ACTION_RUN 418 no", nil},
		"type of the app":     {&action.Error{Type: "APP", Message: "no"}, true, "APP 500 no", nil},
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
	if own.Type != action.ActionValidation || own.Key != "" {
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
	if err.Type != action.ConnectionActionParamRequired || err.HTTPStatus() != 406 ||
		err.Key != "n" || err.Value != "0" || err.Message != "expected number >= 1" {
		t.Errorf("got %+v", err)
	}
	if len(err.Errors) != 2 || err.Errors[1].Message != "Missing required param: s" || err.Errors[1].Key != "s" {
		t.Errorf("got %+v", err.Errors)
	}
}

func TestErrorText(t *testing.T) {
	for want, err := range map[string]*action.Error{
		"no":           {Message: "no"},
		"no: EOF":      {Message: "no", Err: io.EOF},
		"no (EOF) yet": {Message: "no (EOF) yet", Err: io.EOF},
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err.Error(), want)
		}
	}
}

// broken is an error that cannot even be printed.
type broken struct{ text *string }

func (b *broken) Error() string { return *b.text }

// TestErrorThatPanics: whatever an action returns, the run ends with an error
// and a line in the log.
func TestErrorThatPanics(t *testing.T) {
	for name, err := range map[string]error{
		"nil receiver": (*broken)(nil), "nil inside": &broken{}, "as the cause": &action.Error{Type: action.ServerStart, Message: "no", Err: &broken{}},
	} {
		t.Run(name, func(t *testing.T) {
			var book logbook
			_, e := register(action.Options{Logger: book.logger(0)}, action.Action{}, returns(0, err))
			if got := fail(t, e, nil); got.HTTPStatus() != 500 {
				t.Errorf("got %+v", got)
			} else {
				got.Payload(true)
			}
			book.line(t)
		})
	}
}

// below is an error of a package that this one stands on.
type below string

func (b below) Error() string     { return "below" }
func (b below) ErrorType() string { return string(b) }

// TestErrorsThatKnowTheirType: their own message is for clients when they are to
// act on it, and what the app has wrapped it in is not.
func TestErrorsThatKnowTheirType(t *testing.T) {
	for _, test := range []struct {
		typ    action.ErrorType
		hide   bool
		status int
		want   string
	}{
		{action.ConnectionSessionNotFound, false, 401, "private: below"},
		{action.ConnectionSessionNotFound, true, 401, "below"},
		{action.ConnectionServerError, false, 500, "private: below"},
		{action.ConnectionServerError, true, 500, "Internal server error"},
	} {
		_, e := register(action.Options{HideInternals: test.hide}, action.Action{},
			returns("", fmt.Errorf("private: %w", below(test.typ))))
		err := fail(t, e, nil)
		if err.Type != test.typ || err.Message != test.want || err.HTTPStatus() != test.status || err.Err == nil {
			t.Errorf("%+v: %s %q", test, err.Type, err.Message)
		}
	}
}
