package action_test

import (
	"context"
	"errors"
	"testing"

	"github.com/keryx-go/keryx/action"
)

type valueKey struct{}
type transportKey struct{}

// put is middleware that puts a value into the context, and ends that context when the
// action has returned.
func put(value string) action.Middleware {
	return func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			ctx, cancel := context.WithCancel(context.WithValue(ctx, valueKey{}, value))
			defer cancel()
			return next(ctx, call)
		}
	}
}

// A stream has the values that the action had, and ends with its transport only, for the
// transport's cause.
func TestValuesInAStream(t *testing.T) {
	left := errors.New("left")
	for name, test := range map[string]struct {
		action action.Action
		want   any
	}{
		"none":       {action.Action{}, nil},
		"middleware": {action.Action{Middleware: []action.Middleware{put("a")}}, "a"},
		"inner one":  {action.Action{Middleware: []action.Middleware{put("a"), put("b")}}, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, leave := context.WithCancelCause(context.WithValue(t.Context(), transportKey{}, "transport"))
			p := &pieces{mute: true, produce: func(ctx context.Context, _ func([]byte) error) error {
				if got := ctx.Value(valueKey{}); got != test.want {
					t.Errorf("the value is %v, want %v", got, test.want)
				}
				if got := ctx.Value(transportKey{}); got != "transport" {
					t.Errorf("the transport's value is %v", got)
				}
				if ctx.Err() != nil {
					t.Errorf("the context has ended: %v", ctx.Err())
				}
				leave(left)
				<-ctx.Done()
				if cause := context.Cause(ctx); cause != left {
					t.Errorf("the cause is %v", cause)
				}
				return ctx.Err()
			}}
			_, e := register(action.Options{}, test.action, returns[action.Stream](p, nil))
			response, err := e.Serve(ctx, action.Params{})
			if err != nil {
				t.Fatal(err)
			}
			response.Stream.Produce(ctx, func([]byte) error { return nil })
		})
	}
}
