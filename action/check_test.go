package action_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// signup checks more than tags can express; each test sets the result of the check.
type signup struct {
	Email    string   `json:"email"`
	Password string   `json:"password" secret:"true"`
	Tags     []string `json:"tags,omitempty"`
	Card     struct {
		Number string `json:"number" secret:"true"`
		Name   string `json:"name"`
	} `json:"card,omitzero"`
}

type verdictKey struct{}

func (s *signup) Check(ctx context.Context) error {
	s.Email = strings.ToLower(s.Email)
	verdict, _ := ctx.Value(verdictKey{}).(func(*signup) error)
	if verdict == nil {
		return nil
	}
	return verdict(s)
}

func checked(verdict func(*signup) error) (*action.Response, *fault.Error) {
	_, e := register(action.Options{HideInternals: true}, action.Action{},
		func(_ context.Context, in signup) (string, error) { return in.Email, nil })
	ctx := context.WithValue(context.Background(), verdictKey{}, verdict)
	return e.Serve(ctx, action.Params{"email": "A@B", "password": "hunter2", "tags": []any{"x"},
		"card": map[string]any{"number": "4111", "name": "n"}})
}

func TestCheckNormalises(t *testing.T) {
	response, err := checked(nil)
	if err != nil || string(response.JSON) != `"a@b"` {
		t.Errorf("got %+v, %v", response, err)
	}
}

func TestCheckFails(t *testing.T) {
	cause := errors.New("cause")
	for name, test := range map[string]struct {
		verdict error
		want    string // type status key message value | errors
	}{
		"one":    {fault.Invalid("email", "no"), "CONNECTION_ACTION_PARAM_REQUIRED 406 email: no (A@B) [email: no (A@B)]"},
		"secret": {fault.Invalid("password", "weak"), "CONNECTION_ACTION_PARAM_REQUIRED 406 password: weak ([[secret]]) [password: weak ([[secret]])]"},
		"secret that the check repeats": {
			&fault.Error{Type: fault.ActionValidation, Key: "password", Message: "weak", Value: "hunter2"},
			"ACTION_VALIDATION 500 password: weak ([[secret]]) [password: weak ([[secret]])]",
		},
		"joined": {
			errors.Join(fault.Invalid("email", "no"), fault.Invalid("tags", "few")),
			"CONNECTION_ACTION_PARAM_REQUIRED 406 email: no (A@B) [email: no (A@B)] [tags: few ([x])]",
		},
		"tree": {
			fmt.Errorf("all: %w", errors.Join(fmt.Errorf("deep: %w", fault.Invalid("tags", "few")),
				fmt.Errorf("%w and %w", cause, fault.Invalid("email", "no")))),
			"CONNECTION_ACTION_PARAM_REQUIRED 406 tags: few ([x]) [tags: few ([x])] [email: no (A@B)]",
		},
		"nested key": {fault.Invalid("card.name", "no"), "CONNECTION_ACTION_PARAM_REQUIRED 406 card.name: no (<nil>) [card.name: no (<nil>)]"},
		"object with a secret": {
			fault.Invalid("card", "no"),
			"CONNECTION_ACTION_PARAM_REQUIRED 406 card: no (map[name:n number:[[secret]]]) [card: no (map[name:n number:[[secret]]])]",
		},
		"unknown key": {fault.Invalid("nonsense", "no"), "CONNECTION_ACTION_PARAM_REQUIRED 406 nonsense: no (<nil>) [nonsense: no (<nil>)]"},
		"own type, value and status": {
			&fault.Error{Type: fault.ActionValidation, Status: 409, Key: "email", Message: "taken", Value: "mine"},
			"ACTION_VALIDATION 409 email: taken (mine) [email: taken (mine)]",
		},
		"no key": {&fault.Error{Type: fault.ConnectionSessionNotFound, Message: "who?"}, "CONNECTION_SESSION_NOT_FOUND 401 : who? (<nil>)"},
		"plain":  {errors.New("database down"), "CONNECTION_ACTION_RUN 500 : Internal server error (<nil>)"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := checked(func(*signup) error { return test.verdict })
			if err == nil {
				t.Fatal("no error")
			}
			got := fmt.Sprintf("%s %d %s: %s (%v)", err.Type, err.HTTPStatus(), err.Key, err.Message, err.Value)
			for _, f := range err.Errors {
				got += fmt.Sprintf(" [%s: %s (%v)]", f.Key, f.Message, f.Value)
			}
			if got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
			if strings.Contains(err.Stack(), "hunter2") {
				t.Errorf("the stack tells the password: %s", err.Stack())
			}
		})
	}
}

// TestCheckKeepsTheCauses: other errors of a Check must reach the log.
func TestCheckKeepsTheCauses(t *testing.T) {
	_, err := checked(func(*signup) error {
		return errors.Join(fault.Invalid("email", "no"), &fault.Error{Key: "tags", Message: "few", Err: io.ErrNoProgress}, io.ErrUnexpectedEOF)
	})
	if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("lost in %v", err)
	}
	if want := "email: no; tags: few: " + io.ErrNoProgress.Error() + "\n" + io.ErrUnexpectedEOF.Error(); err.Error() != want {
		t.Errorf("got %q, want %q", err.Error(), want)
	}
}

// TestCheckLeavesItsErrorAlone: the error may be a variable of the app's.
func TestCheckLeavesItsErrorAlone(t *testing.T) {
	shared := fault.Invalid("email", "no")
	_, err := checked(func(*signup) error { return shared })
	if err == shared || shared.Value != nil || shared.Errors != nil {
		t.Errorf("the app's error was changed: %+v", shared)
	}
}

func TestCheckOfALongValueIsCut(t *testing.T) {
	_, e := register(action.Options{}, action.Action{}, func(context.Context, signup) (any, error) { return nil, nil })
	ctx := context.WithValue(context.Background(), verdictKey{}, func(*signup) error { return fault.Invalid("email", "long") })
	_, err := e.Serve(ctx, action.Params{"email": strings.Repeat("x", 1<<20), "password": "p"})
	if s, _ := err.Value.(string); len(s) == 0 || len(s) > 1100 {
		t.Errorf("%d bytes are sent back", len(s))
	}
}

func TestCheckPanics(t *testing.T) {
	_, err := checked(func(*signup) error { panic("oops") })
	if err == nil || err.Type != fault.ConnectionServerError {
		t.Errorf("got %v", err)
	}
}

// TestNilErrorInAnInterface: Go's best known trap must not look like a fault
// of the framework.
func TestNilErrorInAnInterface(t *testing.T) {
	var none *fault.Error
	_, err := checked(func(*signup) error { return none })
	if err == nil || err.Type != fault.ConnectionServerError || err.Err == nil || !strings.Contains(err.Err.Error(), "nil *fault.Error") {
		t.Errorf("Check: got %+v", err)
	}
	_, e := register(action.Options{}, action.Action{}, returns(0, error(none)))
	if err := fail(t, e, nil); err.Err == nil || !strings.Contains(err.Err.Error(), "nil *fault.Error") {
		t.Errorf("action: got %+v", err)
	}
}

type byValue struct {
	N int `json:"n"`
}

func (v byValue) Check(context.Context) error {
	if v.N == 0 {
		return fault.Invalid("n", "zero")
	}
	return nil
}

func TestCheckWithAValueReceiver(t *testing.T) {
	_, e := register(action.Options{}, action.Action{}, func(context.Context, byValue) (any, error) { return nil, nil })
	serve(t, e, action.Params{"n": 1})
	if err := fail(t, e, action.Params{"n": 0}); err.Key != "n" || err.Value != 0 {
		t.Errorf("got %+v", err)
	}
}
