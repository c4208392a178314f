package fault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestPayloadOnTheWire is golden: these bytes are the protocol. A bubble of
// synctest begins on 1 January 2000.
func TestPayloadOnTheWire(t *testing.T) {
	cause := fmt.Errorf("reading: %w", io.ErrUnexpectedEOF)
	for name, test := range map[string]struct {
		err   *fault.Error
		stack bool
		want  string
	}{
		"least": {
			&fault.Error{Type: fault.ConnectionActionRun, Message: "no"}, false,
			`{"message":"no","type":"CONNECTION_ACTION_RUN","timestamp":946684800000}`,
		},
		"parameter": {
			&fault.Error{
				Type: fault.ConnectionActionParamRequired, Message: "bad", Key: "n", Value: json.Number("5"),
				Errors: []fault.FieldError{{Message: "bad", Key: "n", Value: json.Number("5")}, {Message: "missing", Key: "m"}},
			}, false,
			`{"message":"bad","type":"CONNECTION_ACTION_PARAM_REQUIRED","timestamp":946684800000,"key":"n","value":5,` +
				`"errors":[{"message":"bad","key":"n","value":5},{"message":"missing","key":"m"}]}`,
		},
		"values that are empty": {
			&fault.Error{Type: fault.ConnectionActionParamRequired, Message: "bad", Key: "n", Value: ""}, false,
			`{"message":"bad","type":"CONNECTION_ACTION_PARAM_REQUIRED","timestamp":946684800000,"key":"n","value":""}`,
		},
		"cause without stack": {
			&fault.Error{Type: fault.ServerStart, Message: "no", Err: cause}, false,
			`{"message":"no","type":"SERVER_START","timestamp":946684800000}`,
		},
		"cause with stack": {
			&fault.Error{Type: fault.ServerStart, Message: "no", Err: cause}, true,
			`{"message":"no","type":"SERVER_START","timestamp":946684800000,"stack":"SERVER_START: no` +
				`\n  caused by *fmt.wrapError: reading: unexpected EOF\n  caused by *errors.errorString: unexpected EOF"}`,
		},
		"no cause with stack": {
			fault.NotFound("x"), true,
			`{"message":"x","type":"CONNECTION_NOT_FOUND","timestamp":946684800000,` +
				`"stack":"CONNECTION_NOT_FOUND: x"}`,
		},
		"signs of HTML": {
			&fault.Error{Type: fault.ConnectionActionRun, Message: "a < b & c"}, false,
			`{"message":"a < b & c","type":"CONNECTION_ACTION_RUN","timestamp":946684800000}`,
		},
		"details": {
			&fault.Error{Type: "QUOTA", Message: "no", Details: map[string]int{"used": 7}}, false,
			`{"message":"no","type":"QUOTA","timestamp":946684800000,"details":{"used":7}}`,
		},
		"a value without JSON": {
			&fault.Error{Type: fault.ConnectionActionRun, Message: "no", Key: "n", Value: make(chan int)}, false,
			`{"message":"no","type":"CONNECTION_ACTION_RUN","timestamp":946684800000,"key":"n"}`,
		},
		"details that panic": {
			&fault.Error{Type: fault.ConnectionActionRun, Message: "no", Details: panics{}}, false,
			`{"message":"no","type":"CONNECTION_ACTION_RUN","timestamp":946684800000}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := string(test.err.AppendJSON(nil, test.stack)); got != test.want {
					t.Errorf("\n got %s\nwant %s", got, test.want)
				}
			})
		})
	}
}

type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("no JSON today") }

// TestStatuses holds every type against the protocol's table.
func TestStatuses(t *testing.T) {
	table := map[int]string{
		401: "CONNECTION_SESSION_NOT_FOUND",
		403: "CONNECTION_CHANNEL_AUTHORIZATION CONNECTION_FORBIDDEN",
		404: "CONNECTION_ACTION_NOT_FOUND CONNECTION_NOT_FOUND",
		400: "CONNECTION_CHANNEL_VALIDATION CONNECTION_BAD_REQUEST",
		409: "CONNECTION_CONFLICT",
		408: "CONNECTION_ACTION_TIMEOUT",
		429: "CONNECTION_RATE_LIMITED",
		406: "CONNECTION_ACTION_PARAM_REQUIRED CONNECTION_ACTION_PARAM_DEFAULT CONNECTION_ACTION_PARAM_VALIDATION " +
			"CONNECTION_ACTION_PARAM_FORMATTING CONNECTION_TYPE_NOT_FOUND CONNECTION_NOT_SUBSCRIBED",
		500: "SERVER_INITIALIZATION SERVER_START SERVER_STOP CONFIG_ERROR INITIALIZER_VALIDATION ACTION_VALIDATION " +
			"TASK_VALIDATION SERVER_VALIDATION CONNECTION_SERVER_ERROR CONNECTION_ACTION_RUN CONNECTION_TASK_DEFINITION",
	}
	want := map[fault.Type]int{}
	for status, types := range table {
		for name := range strings.FieldsSeq(types) {
			want[fault.Type(name)] = status
		}
	}
	all := []fault.Type{
		fault.ServerInitialization, fault.ServerStart, fault.ServerStop, fault.ConfigError, fault.InitializerValidation,
		fault.ActionValidation, fault.TaskValidation, fault.ServerValidation, fault.ConnectionServerError,
		fault.ConnectionSessionNotFound, fault.ConnectionActionNotFound, fault.ConnectionActionParamRequired,
		fault.ConnectionActionParamDefault, fault.ConnectionActionParamValidation, fault.ConnectionActionParamFormatting,
		fault.ConnectionActionRun, fault.ConnectionActionTimeout, fault.ConnectionRateLimited, fault.ConnectionTypeNotFound,
		fault.ConnectionNotSubscribed, fault.ConnectionChannelAuthorization, fault.ConnectionChannelValidation,
		fault.ConnectionTaskDefinition, fault.ConnectionBadRequest, fault.ConnectionForbidden, fault.ConnectionNotFound, fault.ConnectionConflict,
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
	if got := fault.Type("SOMETHING_OF_AN_APP").Status(); got != 500 {
		t.Errorf("an unknown type answers %d", got)
	}
}

func TestErrorText(t *testing.T) {
	for want, err := range map[string]*fault.Error{
		"no":           {Message: "no"},
		"no: EOF":      {Message: "no", Err: io.EOF},
		"no (EOF) yet": {Message: "no (EOF) yet", Err: io.EOF},
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err.Error(), want)
		}
	}
}

// quota is an error of an app that chooses what clients see.
type quota struct {
	used int
	wrap error
}

var _ fault.Faulter = (*quota)(nil)

func (q *quota) Error() string { return "private: the quota is used up" }
func (q *quota) Unwrap() error { return q.wrap }
func (q *quota) Fault() *fault.Error {
	if q.used == 0 {
		return nil
	}
	return &fault.Error{Type: "QUOTA", Status: 402, Message: "over quota", Details: q.used}
}

var errGone = &fault.Error{Type: fault.ConnectionSessionNotFound, Message: "gone"}

// TestFrom holds what clients see of any error, with internals shown and hidden.
func TestFrom(t *testing.T) {
	plain := errors.New("10.0.0.7 refused")
	for name, test := range map[string]struct {
		err         error
		shown, hide string // type status message
	}{
		"plain":                 {plain, "CONNECTION_ACTION_RUN 500 10.0.0.7 refused", "CONNECTION_ACTION_RUN 500 Internal server error"},
		"internal":              {fault.Internal(plain), "CONNECTION_SERVER_ERROR 500 10.0.0.7 refused", "CONNECTION_SERVER_ERROR 500 Internal server error"},
		"internal, wrapped":     {fmt.Errorf("private: %w", fault.Internal(plain)), "CONNECTION_SERVER_ERROR 500 private: 10.0.0.7 refused", "CONNECTION_SERVER_ERROR 500 Internal server error"},
		"chosen":                {errGone, "CONNECTION_SESSION_NOT_FOUND 401 gone", "CONNECTION_SESSION_NOT_FOUND 401 gone"},
		"chosen, wrapped":       {fmt.Errorf("private: %w", errGone), "CONNECTION_SESSION_NOT_FOUND 401 gone", "CONNECTION_SESSION_NOT_FOUND 401 gone"},
		"type of the app":       {&quota{used: 7}, "QUOTA 402 over quota", "QUOTA 402 over quota"},
		"of the app, wrapped":   {fmt.Errorf("private: %w", &quota{used: 7}), "QUOTA 402 over quota", "QUOTA 402 over quota"},
		"the outermost chooses": {&quota{used: 7, wrap: errGone}, "QUOTA 402 over quota", "QUOTA 402 over quota"},
		"of the app, undecided": {&quota{}, "CONNECTION_ACTION_RUN 500 private: the quota is used up", "CONNECTION_ACTION_RUN 500 Internal server error"},
		"a nil that is not nil": {(*fault.Error)(nil), "CONNECTION_SERVER_ERROR 500 Internal server error", "CONNECTION_SERVER_ERROR 500 Internal server error"},
		"twice":                 {fault.From(fault.From(errGone, false), false), "CONNECTION_SESSION_NOT_FOUND 401 gone", "CONNECTION_SESSION_NOT_FOUND 401 gone"},
		"no type":               {&fault.Error{Message: "no"}, "CONNECTION_ACTION_RUN 500 no", "CONNECTION_ACTION_RUN 500 no"},
		"a copy stays internal": {fault.From(fault.Internal(plain), false), "CONNECTION_SERVER_ERROR 500 10.0.0.7 refused", "CONNECTION_SERVER_ERROR 500 Internal server error"},
		"joined":                {errors.Join(plain, errGone), "CONNECTION_SESSION_NOT_FOUND 401 gone", "CONNECTION_SESSION_NOT_FOUND 401 gone"},
	} {
		t.Run(name, func(t *testing.T) {
			for hide, want := range map[bool]string{false: test.shown, true: test.hide} {
				e := fault.From(test.err, hide)
				if got := fmt.Sprintf("%s %d %s", e.Type, e.HTTPStatus(), e.Message); got != want {
					t.Errorf("hide %v: got %q, want %q", hide, got, want)
				}
				for _, known := range []error{plain, errGone} {
					if errors.Is(test.err, known) != errors.Is(e, known) {
						t.Errorf("hide %v: errors.Is(%v) changed", hide, known)
					}
				}
				if e == test.err {
					t.Error("it is no copy")
				}
			}
		})
	}
	if fault.From(nil, true) != nil {
		t.Error("nil became an error")
	}
	if e := fault.From(&quota{used: 7}, false); e.Details != 7 || !strings.Contains(e.Error(), "private") {
		t.Errorf("details or cause are lost: %+v", e)
	}
}

// TestMakers holds the type and status of each.
func TestMakers(t *testing.T) {
	for want, err := range map[string]*fault.Error{
		"CONNECTION_BAD_REQUEST 400 no 1":           fault.BadRequest("no %d", 1),
		"CONNECTION_SESSION_NOT_FOUND 401 no 1":     fault.Unauthorized("no %d", 1),
		"CONNECTION_FORBIDDEN 403 no 1":             fault.Forbidden("no %d", 1),
		"CONNECTION_NOT_FOUND 404 no 1":             fault.NotFound("no %d", 1),
		"CONNECTION_CONFLICT 409 no 1":              fault.Conflict("no %d", 1),
		"CONNECTION_ACTION_PARAM_REQUIRED 406 no 1": fault.Invalid("n", "no %d", 1),
		"CONNECTION_RATE_LIMITED 429 no 1":          fault.TooManyRequests("no %d", 1),
		"CONNECTION_SERVER_ERROR 503 no 1":          fault.Unavailable("no %d", 1),
		"CONNECTION_SERVER_ERROR 500 EOF":           fault.Internal(io.EOF),
		"CONNECTION_NOT_FOUND 404 100%":             fault.NotFound("100%"),
	} {
		if got := fmt.Sprintf("%s %d %s", err.Type, err.HTTPStatus(), err.Message); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if e := fault.Conflict("taken").WithCause(io.EOF); !errors.Is(e, io.EOF) || strings.Contains(string(e.Body(false)), "EOF") {
		t.Errorf("the cause: %s", e.Body(false))
	}
}

// TestProblem is golden, as TestPayloadOnTheWire is.
func TestProblem(t *testing.T) {
	for name, test := range map[string]struct {
		err   *fault.Error
		stack bool
		want  string
	}{
		"least": {
			fault.NotFound("there is no room 7"), false,
			`{"title":"Not Found","status":404,"detail":"there is no room 7","code":"CONNECTION_NOT_FOUND","timestamp":946684800000}`,
		},
		"with everything": {
			&fault.Error{
				Type: "QUOTA", Message: "no", Key: "n", Value: 5, Details: 7,
				Errors: []fault.FieldError{{Message: "no", Key: "n", Value: 5}},
			}, true,
			`{"title":"Not Found","status":404,"detail":"no","code":"QUOTA","timestamp":946684800000,"key":"n","value":5,` +
				`"errors":[{"message":"no","key":"n","value":5}],"details":7,"stack":"QUOTA: no"}`,
		},
		"details that panic": {
			&fault.Error{Type: "QUOTA", Message: "no", Details: panics{}}, false,
			`{"title":"Not Found","status":404,"detail":"no","code":"QUOTA","timestamp":946684800000}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := string(test.err.Problem(404, test.stack)); got != test.want {
					t.Errorf("\n got %s\nwant %s", got, test.want)
				}
			})
		})
	}
}

func TestStatusesOfAnApp(t *testing.T) {
	s := fault.REST()
	s["QUOTA"] = 402
	for want, err := range map[int]*fault.Error{
		422: fault.Invalid("n", "no"),
		503: {Type: fault.ConnectionActionTimeout},
		404: fault.NotFound("no"),
		402: {Type: "QUOTA"},
		418: {Type: "QUOTA", Status: 418},
		500: {Type: "OTHER"},
	} {
		if got := s.Of(err); got != want {
			t.Errorf("%s: got %d, want %d", err.Type, got, want)
		}
	}
	if got := fault.Statuses(nil).Of(fault.Invalid("n", "no")); got != 406 {
		t.Errorf("without statuses: %d", got)
	}
}
