package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// upload is a source whose bytes take their time.
type upload struct {
	takes time.Duration
	err   error
}

func (u upload) HasBody() bool { return true }

func (u upload) Body(context.Context) ([]byte, error) {
	time.Sleep(u.takes)
	return []byte("signed"), u.err
}

func (u upload) Params(ctx context.Context) (action.Params, error) {
	_, err := u.Body(ctx)
	return action.Params{"x": "a"}, err
}

// TestReadingDoesNotCount: an action has its whole timeout, however long the body takes
// to arrive, before and after the grace in which a run has no timer.
func TestReadingDoesNotCount(t *testing.T) {
	const timeout = time.Second
	for name, test := range map[string]struct {
		before, reads, after time.Duration
		want                 fault.Type
	}{
		"a slow body":                  {0, 10 * timeout, 0, ""},
		"a slow body, then most of it": {0, 10 * timeout, timeout - time.Millisecond, ""},
		"too much after it":            {0, 10 * timeout, timeout + time.Millisecond, fault.ConnectionActionTimeout},
		"too much in all":              {timeout / 2, timeout, timeout/2 + time.Millisecond, fault.ConnectionActionTimeout},
		"most of it before":            {timeout - time.Millisecond, 10 * timeout, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				signed := func(next action.Handler) action.Handler {
					return func(ctx context.Context, call *action.Call) (any, error) {
						time.Sleep(test.before)
						if body, err := call.Body(ctx); err != nil || string(body) != "signed" {
							t.Errorf("got %q, %v", body, err)
						}
						return next(ctx, call)
					}
				}
				_, e := register(action.Options{}, action.Action{Timeout: timeout, Middleware: []action.Middleware{signed}},
					func(ctx context.Context, in xInput) (string, error) {
						if deadline, _ := ctx.Deadline(); time.Until(deadline) != timeout-test.before {
							t.Errorf("the action has %v left", time.Until(deadline))
						}
						select {
						case <-time.After(test.after):
							return in.X, nil
						case <-ctx.Done():
							return "", ctx.Err()
						}
					})
				_, err := e.Serve(t.Context(), upload{takes: test.reads / 2})
				if err == nil && test.want != "" || err != nil && err.Type != test.want {
					t.Errorf("got %v, want %q", err, test.want)
				}
			})
		})
	}
}

func TestBodyOfOtherTransports(t *testing.T) {
	body := func(action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) { return call.Body(ctx) }
	}
	_, e := register(action.Options{}, action.Action{Middleware: []action.Middleware{body}}, returnsX)
	if got := serve(t, e, nil); got != "null" {
		t.Errorf("got %s", got)
	}
}

func TestErrorOfASource(t *testing.T) {
	tooLarge := &fault.Error{Type: fault.ConnectionActionRun, Status: 413, Message: "too large"}
	_, e := register(action.Options{}, action.Action{}, returnsX)
	if _, err := e.Serve(t.Context(), upload{err: tooLarge}); err == nil || err.HTTPStatus() != 413 || !errors.Is(err, tooLarge) {
		t.Errorf("got %v", err)
	}
}

type fragile struct {
	X string `json:"x"`
}

func (*fragile) Check(context.Context) error { panic("no") }

// TestInputAfterAPanic: middleware that recovers must not run the action without an
// input.
func TestInputAfterAPanic(t *testing.T) {
	again := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (_ any, err error) {
			func() {
				defer func() { _ = recover() }()
				_, _ = call.Input(ctx)
			}()
			return next(ctx, call)
		}
	}
	_, e := register(action.Options{}, action.Action{Middleware: []action.Middleware{again}},
		func(context.Context, fragile) (int, error) { t.Error("the action ran"); return 0, nil })
	if err := fail(t, e, action.Params{"x": "a"}); err.Type != fault.ConnectionServerError {
		t.Errorf("got %v", err)
	}
}

// TestPathValue: what is in the path is known before anything is read.
func TestPathValue(t *testing.T) {
	for want, params := range map[string]any{
		"7": action.Params{"id": action.Text{"7"}}, "8": action.Params{"id": json.Number("8")}, "a": map[string]any{"id": "a"},
		"9": struct {
			ID int `json:"id"`
		}{9},
		"": action.Params{"id": action.Text{"7", "8"}},
	} {
		got := "not asked"
		r, _ := register(action.Options{}, action.Action{Middleware: []action.Middleware{func(next action.Handler) action.Handler {
			return func(ctx context.Context, call *action.Call) (any, error) {
				got = call.PathValue("id")
				return nil, nil
			}
		}}}, returnsX)
		if _, err := r.Act(t.Context(), "test", params); err != nil || got != want {
			t.Errorf("%v: got %q, %v", params, got, err)
		}
	}
}
