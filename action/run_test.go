package action_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

func explode(context.Context, none) (any, error) { panic("kaboom of the app") }

func TestPanic(t *testing.T) {
	for hide, message := range map[bool]string{false: "panic: kaboom of the app", true: "Internal server error"} {
		var book logbook
		_, e := register(action.Options{HideInternals: hide, Logger: book.logger(slog.LevelInfo)}, action.Action{}, explode)
		err := fail(t, e, nil)
		if err.Type != fault.ConnectionServerError || err.HTTPStatus() != 500 || err.Message != message {
			t.Errorf("hide=%t: got %+v", hide, err)
		}
		if !strings.Contains(err.Stack(), "explode") {
			t.Errorf("hide=%t: the stack does not lead to the panic: %s", hide, err.Stack())
		}
		line := book.line(t)
		stack, _ := line["stack"].(string)
		text, _ := line["error"].(string)
		if !strings.Contains(stack, "run_test.go") || !strings.Contains(text, "kaboom") || line["level"] != "ERROR" {
			t.Errorf("hide=%t: logged %v", hide, line)
		}
	}
}

// TestPanicsInEveryPart: nothing that the app brings can take the process down.
func TestPanicsInEveryPart(t *testing.T) {
	boom := func(action.Handler) action.Handler { panic("constructor") }
	null := func(action.Handler) action.Handler { return nil }
	around := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			result, err := next(ctx, call)
			panic(fmt.Sprint("middleware after ", result, err))
		}
	}
	for name, middleware := range map[string]action.Middleware{"constructor": boom, "nil handler": null, "middleware": around} {
		_, e := register(action.Options{}, action.Action{Middleware: []action.Middleware{middleware}}, returns(1, nil))
		for range 2 {
			if err := fail(t, e, nil); err.Type != fault.ConnectionServerError {
				t.Errorf("%s: got %+v", name, err)
			}
		}
	}
	for name, value := range map[string]any{"nil": nil, "error": errors.New("e"), "unprintable": &broken{}} {
		_, e := register(action.Options{}, action.Action{}, func(context.Context, none) (any, error) { panic(value) })
		if err := fail(t, e, nil); err.Type != fault.ConnectionServerError || !strings.HasPrefix(err.Message, "panic: ") {
			t.Errorf("%s: got %+v", name, err)
		}
	}
}

func TestGoexit(t *testing.T) {
	for _, timeout := range []time.Duration{-1, time.Hour} {
		var book logbook
		r, e := register(action.Options{Logger: book.logger(slog.LevelInfo)}, action.Action{Timeout: timeout},
			func(context.Context, none) (any, error) { runtime.Goexit(); return nil, nil })
		err := fail(t, e, nil)
		if err.Type != fault.ConnectionServerError || !strings.Contains(err.Error(), "Goexit") {
			t.Errorf("got %v", err)
		}
		if _, err := r.Act(t.Context(), "test", nil); err == nil || !strings.Contains(err.Error(), "Goexit") {
			t.Errorf("Act: got %v", err)
		}
		if line := book.line(t); line["status"] != "CONNECTION_SERVER_ERROR" {
			t.Errorf("logged %v", line)
		}
		if err := r.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestTimeouts(t *testing.T) {
	for name, test := range map[string]struct {
		registry, own time.Duration
		want          time.Duration // 0: none
	}{
		"none":                     {0, 0, 0},
		"negative default":         {-1, 0, 0},
		"default":                  {3 * time.Second, 0, 3 * time.Second},
		"own":                      {3 * time.Second, 5 * time.Second, 5 * time.Second},
		"own without a default":    {0, 250 * time.Millisecond, 250 * time.Millisecond},
		"negative means none":      {3 * time.Second, -1, 0},
		"shorter than the default": {3 * time.Second, time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const long = time.Hour
				_, e := register(action.Options{Timeout: test.registry}, action.Action{Timeout: test.own},
					func(ctx context.Context, _ none) (string, error) {
						select {
						case <-ctx.Done():
							return "", fmt.Errorf("query: %w", ctx.Err())
						case <-time.After(long):
							return "done", nil
						}
					})
				start := time.Now()
				response, err := e.Serve(t.Context(), nil)
				took := time.Since(start)
				if test.want == 0 {
					if err != nil || string(response.JSON) != `"done"` || took != long {
						t.Fatalf("got %v after %s", err, took)
					}
					return
				}
				if err == nil || took != test.want {
					t.Fatalf("got %v after %s, want %s", err, took, test.want)
				}
				message := fmt.Sprintf("Action 'test' timed out after %dms", test.want.Milliseconds())
				if err.Type != fault.ConnectionActionTimeout || err.HTTPStatus() != 408 || err.Message != message {
					t.Errorf("got %+v", err)
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error("the error is no context.DeadlineExceeded")
				}
			})
		})
	}
}

// TestTimeoutErrorsAreNotShared: a caller's changes to its error are not seen by the
// next caller.
func TestTimeoutErrorsAreNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, e := register(action.Options{}, action.Action{Timeout: time.Second},
			func(ctx context.Context, _ none) (any, error) { <-ctx.Done(); return nil, ctx.Err() })
		fail(t, e, nil).Status = 503
		if err := fail(t, e, nil); err.HTTPStatus() != 408 {
			t.Errorf("got %+v", err)
		}
	})
}

// TestContextIsIgnored: the caller is answered in time, the run is known until
// it ends, and its late result goes nowhere.
func TestContextIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var book logbook
		r := action.NewRegistry(action.Options{Timeout: time.Second, Logger: book.logger(slog.LevelInfo)})
		for _, name := range []string{"deaf", "deaf too"} {
			action.Handle(r, action.Action{Name: name}, func(context.Context, none) (string, error) { <-release; return "late", nil })
		}
		action.Handle(r, action.Action{Name: "quick"}, returns(1, nil))
		start := time.Now()
		if err := fail(t, r.Find("deaf"), nil); err.Type != fault.ConnectionActionTimeout {
			t.Errorf("got %+v", err)
		}
		if _, err := r.Act(t.Context(), "deaf too", nil); err == nil {
			t.Error("Act succeeded")
		}
		serve(t, r.Find("quick"), nil)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("the callers were answered after %s", took)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start = time.Now()
		err := r.Wait(ctx)
		if err == nil || err.Error() != "actions still running: deaf, deaf too" || time.Since(start) != time.Minute {
			t.Errorf("Wait: %v after %s", err, time.Since(start))
		}
		lines := len(book.lines(t))
		close(release)
		if err := r.Wait(t.Context()); err != nil {
			t.Errorf("Wait after the release: %v", err)
		}
		synctest.Wait()
		if again := len(book.lines(t)); lines != 2 || again != lines {
			t.Errorf("%d lines before the release, %d after", lines, again)
		}
	})
}

// TestPanicAfterTheTimeout: no caller waits for the action any more, and the process
// survives its panic.
func TestPanicAfterTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := register(action.Options{}, action.Action{Timeout: time.Second},
			func(context.Context, none) (any, error) { time.Sleep(time.Minute); panic("late") })
		if err := fail(t, e, nil); err.Type != fault.ConnectionActionTimeout {
			t.Errorf("got %+v", err)
		}
		if err := r.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestWaitOfAnIdleRegistry(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := action.NewRegistry(action.Options{}).Wait(over); err != nil {
		t.Error(err)
	}
}

func TestCallerLeaves(t *testing.T) {
	for name, ignore := range map[string]bool{"heeded": false, "ignored": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				_, e := register(action.Options{Timeout: time.Hour}, action.Action{}, func(ctx context.Context, _ none) (any, error) {
					if ignore {
						<-release
						return nil, nil
					}
					<-ctx.Done()
					return nil, ctx.Err()
				})
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				_, err := e.Serve(ctx, nil)
				if err == nil || err.Type != fault.ConnectionActionRun || err.HTTPStatus() != 499 || !errors.Is(err, context.Canceled) {
					t.Errorf("got %+v", err)
				}
				close(release)
			})
		})
	}
}

func TestCallerIsGoneAlready(t *testing.T) {
	_, e := register(action.Options{Timeout: time.Hour}, action.Action{},
		func(context.Context, none) (any, error) { t.Error("the action ran"); return nil, nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		if _, err := e.Serve(ctx, nil); err == nil || err.HTTPStatus() != 499 {
			t.Fatalf("got %v", err)
		}
	}
}

// TestDeadlineOfTheCaller: the deadline of the caller is a timeout, not a cancellation.
func TestDeadlineOfTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, e := register(action.Options{Timeout: time.Hour}, action.Action{},
			func(ctx context.Context, _ none) (any, error) { <-ctx.Done(); return nil, ctx.Err() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := e.Serve(ctx, nil)
		if err == nil || err.Type != fault.ConnectionActionTimeout || err.HTTPStatus() != 408 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %+v", err)
		}
	})
}

// TestDeafAfterALook: an action that has looked whether its caller is still there,
// and goes on in spite of the answer, does not keep the caller waiting either.
func TestDeafAfterALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		r, _ := register(action.Options{Timeout: time.Minute}, action.Action{}, func(ctx context.Context, _ none) (any, error) {
			time.Sleep(2 * time.Millisecond)
			_ = ctx.Err()
			<-hang
			return nil, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := r.Act(ctx, "test", nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		close(hang)
		synctest.Wait()
	})
}

// TestOwnErrorWhenTimeIsOver: only an error that says so is taken for the end
// of the context.
func TestOwnErrorWhenTimeIsOver(t *testing.T) {
	_, e := register(action.Options{}, action.Action{}, returns(0, fmt.Errorf("peer: %w", context.Canceled)))
	if err := fail(t, e, nil); err.HTTPStatus() != 500 {
		t.Errorf("got %+v", err)
	}
}
