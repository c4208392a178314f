package action_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// trail records the calls, in order.
type trail struct {
	mu    sync.Mutex
	steps []string
}

func (tr *trail) add(step string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.steps = append(tr.steps, step)
}

func (tr *trail) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return strings.Join(tr.steps, " ")
}

func (tr *trail) middleware(name string) action.Middleware {
	return func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			tr.add("+" + name)
			defer tr.add("-" + name)
			return next(ctx, call)
		}
	}
}

func TestMiddlewareOrder(t *testing.T) {
	var tr trail
	r := action.NewRegistry(action.Options{})
	r.Use(tr.middleware("all1"), tr.middleware("all2"))
	action.Handle(r, action.Action{Name: "test", Middleware: []action.Middleware{tr.middleware("own1"), tr.middleware("own2")}},
		func(context.Context, none) (any, error) { tr.add("run"); return nil, nil })
	r.Use(tr.middleware("all3")) // after Handle, before the first run
	serve(t, r.Find("test"), nil)
	want := "+all1 +all2 +all3 +own1 +own2 run -own2 -own1 -all3 -all2 -all1"
	if tr.String() != want {
		t.Errorf("\n got %s\nwant %s", &tr, want)
	}
}

func TestMiddlewareOfOneActionIsNotOfAnother(t *testing.T) {
	var tr trail
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{Name: "a", Middleware: []action.Middleware{tr.middleware("a")}}, returns(1, nil))
	action.Handle(r, action.Action{Name: "b", Middleware: []action.Middleware{tr.middleware("b")}}, returns(1, nil))
	serve(t, r.Find("b"), nil)
	if tr.String() != "+b -b" {
		t.Errorf("got %s", &tr)
	}
}

func TestMiddlewareAnswersAlone(t *testing.T) {
	refuse := func(action.Handler) action.Handler {
		return func(context.Context, *action.Call) (any, error) { return "cached", nil }
	}
	_, e := register(action.Options{}, action.Action{Middleware: []action.Middleware{refuse}},
		func(context.Context, none) (any, error) { t.Error("the action ran"); return nil, nil })
	if got := serve(t, e, nil); got != `"cached"` {
		t.Errorf("got %s", got)
	}
}

func TestMiddlewareChangesInputAndResult(t *testing.T) {
	change := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			in, err := call.Input(ctx)
			if err != nil {
				return nil, err
			}
			in.(*xInput).X += "!"
			result, err := next(ctx, call)
			return map[string]any{"was": result, "of": call.Action.Name}, err
		}
	}
	_, e := register(action.Options{}, action.Action{Middleware: []action.Middleware{change}},
		func(_ context.Context, in xInput) (string, error) { return in.X, nil })
	if got := serve(t, e, action.Params{"x": "a"}); got != `{"of":"test","was":"a!"}` {
		t.Errorf("got %s", got)
	}
	if got := serve(t, e, action.Params{"x": "b"}); !strings.Contains(got, `"b!"`) {
		t.Errorf("the second call got %s", got)
	}
}

func TestMiddlewareSeesAndReplacesTheError(t *testing.T) {
	lost := errors.New("lost")
	var seen error
	watch := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			result, err := next(ctx, call)
			seen = err
			if errors.Is(err, lost) {
				return nil, action.NotFound("it")
			}
			return result, err
		}
	}
	_, e := register(action.Options{}, action.Action{Middleware: []action.Middleware{watch}}, returns(0, lost))
	if err := fail(t, e, nil); err.Type != fault.ConnectionActionNotFound {
		t.Errorf("got %+v", err)
	}
	if seen != lost { //nolint:errorlint // it must be the very same
		t.Errorf("the middleware saw %v", seen)
	}
}

func TestMiddlewareRetries(t *testing.T) {
	runs := 0
	retry := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			if result, err := next(ctx, call); err == nil {
				return result, nil
			}
			return next(ctx, call)
		}
	}
	_, e := register(action.Options{}, action.Action{Middleware: []action.Middleware{retry}},
		func(_ context.Context, in xInput) (string, error) {
			if runs++; runs == 1 {
				in.X = "changed" // its own copy
				return "", errors.New("the first one fails")
			}
			return in.X, nil
		})
	if got := serve(t, e, action.Params{"x": "a"}); got != `"a"` || runs != 2 {
		t.Errorf("got %s after %d runs", got, runs)
	}
}

// source counts how often its parameters are read.
type source struct {
	params action.Params
	reads  int
}

func (s *source) Params(context.Context) (action.Params, error) {
	s.reads++
	return s.params, nil
}

// TestMiddlewareIsBeforeTheInput: who may not call costs nothing, and an error of the
// input does not depend on whether middleware asks for it.
func TestMiddlewareIsBeforeTheInput(t *testing.T) {
	ask := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			if _, err := call.Input(ctx); err != nil {
				return nil, err
			}
			return next(ctx, call)
		}
	}
	refuse := func(action.Handler) action.Handler {
		return func(context.Context, *action.Call) (any, error) { return nil, fault.Unauthorized("who are you?") }
	}
	for name, test := range map[string]struct {
		middleware []action.Middleware
		params     action.Params
		want       string
		reads      int
	}{
		"refused, bad input":         {[]action.Middleware{refuse}, action.Params{"x": 5}, "CONNECTION_SESSION_NOT_FOUND", 0},
		"refused before it is asked": {[]action.Middleware{refuse, ask}, action.Params{"x": 5}, "CONNECTION_SESSION_NOT_FOUND", 0},
		"asked before it is refused": {[]action.Middleware{ask, refuse}, action.Params{"x": 5}, "CONNECTION_ACTION_PARAM_REQUIRED", 1},
		"asked, bad input":           {[]action.Middleware{ask}, action.Params{"x": 5}, "CONNECTION_ACTION_PARAM_REQUIRED", 1},
		"bad input":                  {nil, action.Params{"x": 5}, "CONNECTION_ACTION_PARAM_REQUIRED", 1},
		"asked twice":                {[]action.Middleware{ask, ask}, action.Params{"x": "a"}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, e := register(action.Options{}, action.Action{Middleware: test.middleware}, returnsX)
			s := &source{params: test.params}
			response, err := e.Serve(t.Context(), s)
			switch {
			case err != nil && string(err.Type) != test.want:
				t.Errorf("got %v, want %s", err, test.want)
			case err == nil && (test.want != "" || string(response.JSON) != `"a"`):
				t.Errorf("got %s", response.JSON)
			}
			if s.reads != test.reads {
				t.Errorf("the parameters were read %d times, want %d", s.reads, test.reads)
			}
		})
	}
}

func returnsX(_ context.Context, in xInput) (string, error) { return in.X, nil }

// TestMiddlewareIsMadeOnce: a constructor may hold state, and may look at the
// registry.
func TestMiddlewareIsMadeOnce(t *testing.T) {
	made := 0
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{Name: "other"}, returns("other", nil))
	var result any
	action.Handle(r, action.Action{Name: "test", Middleware: []action.Middleware{func(next action.Handler) action.Handler {
		made++
		result, _ = r.Act(context.Background(), "other", nil)
		return next
	}}}, returns(1, nil))
	for range 3 {
		serve(t, r.Find("test"), nil)
	}
	if made != 1 || result != "other" {
		t.Errorf("made %d times, the other action returned %v", made, result)
	}
}

func TestUseAfterARunPanics(t *testing.T) {
	r, e := register(action.Options{}, action.Action{}, returns(1, nil))
	r.Use()
	serve(t, e, nil)
	if message := panics(func() { r.Use(new(trail).middleware("late")) }); !strings.HasPrefix(message, "keryx: ") {
		t.Errorf("got %q", message)
	}
	serve(t, e, nil) // and the registry is none the worse for it
}
