package action_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

type work struct {
	N     int            `json:"n"`
	Fail  string         `json:"fail,omitempty" enum:"error,panic,timeout"`
	List  []string       `json:"list" default:"a,b"`
	Map   map[string]any `json:"map,omitempty"`
	Any   any            `json:"any,omitempty"`
	Email string         `json:"email,omitempty" format:"email" maxLength:"20"`
}

func (w *work) Check(context.Context) error {
	if w.N < 0 {
		return fault.Invalid("n", "negative")
	}
	return nil
}

// TestManyRunsAtOnce is for the race detector: 64 goroutines on one entry,
// with every way for a run to end.
func TestManyRunsAtOnce(t *testing.T) {
	var book logbook
	var tr trail
	r := action.NewRegistry(action.Options{Timeout: 2 * time.Millisecond, Logger: book.logger(slog.LevelInfo)})
	r.Use(tr.middleware("all"))
	action.Handle(r, action.Action{Name: "test", Middleware: []action.Middleware{tr.middleware("own")}},
		func(ctx context.Context, in work) (any, error) {
			in.List[0] = fmt.Sprint(in.N) // the default is this run's own
			switch in.Fail {
			case "error":
				return nil, errors.New("error")
			case "panic":
				panic("panic")
			case "timeout": // deaf at first, and busy with its input
				for i := 0; ctx.Err() == nil || i < 1000; i++ {
					in.Map["k"], in.Any.(map[string]any)["k"] = i, i
				}
				return nil, ctx.Err()
			}
			return in.List, nil
		})
	e := r.Find("test")
	var wg sync.WaitGroup
	for n := range 64 {
		wg.Go(func() {
			for i, how := range []string{"", "error", "panic", "timeout", "nonsense", ""} {
				p := action.Params{"n": n, "map": map[string]any{"k": []any{}}, "any": map[string]any{"k": "v"}, "email": "a@b"}
				if how != "" {
					p["fail"] = how
				}
				response, err := e.Serve(t.Context(), p)
				switch {
				case how != "" && err == nil:
					t.Errorf("%s succeeded with %s", how, response.JSON)
				case how == "" && err != nil && err.Type != fault.ConnectionActionTimeout:
					t.Errorf("run %d failed: %v", i, err)
				case how == "" && err == nil && string(response.JSON) != fmt.Sprintf(`["%d","b"]`, n):
					t.Errorf("run %d of %d returned %s", i, n, response.JSON)
				}
				_, _ = r.Act(t.Context(), "test", work{N: -n, List: []string{"x"}})
			}
		})
	}
	wg.Wait()
	if err := r.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	runs := 0
	for _, line := range book.lines(t) {
		if line["msg"] == "action" { // and not a panic that came too late for it
			runs++
		}
	}
	if runs != 64*6 {
		t.Errorf("%d runs were logged, want %d", runs, 64*6)
	}
}

// TestFirstRunsAtOnce: the middleware is put around the action once, by the first
// caller.
func TestFirstRunsAtOnce(t *testing.T) {
	var made trail
	r := action.NewRegistry(action.Options{})
	for i := range 8 {
		action.Handle(r, action.Action{Name: fmt.Sprint(i), Middleware: []action.Middleware{func(next action.Handler) action.Handler {
			made.add("made")
			return next
		}}}, returns(i, nil))
	}
	var wg sync.WaitGroup
	for n := range 64 {
		wg.Go(func() {
			if _, err := r.Act(t.Context(), fmt.Sprint(n%8), nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(made.steps) != 8 {
		t.Errorf("the middleware of 8 actions was made %d times", len(made.steps))
	}
}
