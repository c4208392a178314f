package lifecycle_test

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

	"github.com/keryx-go/keryx/internal/lifecycle"
	"github.com/keryx-go/keryx/part"
)

// sleeping returns a Start or Stop that takes a while and does not heed its context.
func sleeping(d time.Duration) func(context.Context) error {
	return func(context.Context) error { time.Sleep(d); return nil }
}

// withoutTime makes the lines of a log comparable.
func withoutTime(w *strings.Builder) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

func TestSlowPartsAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		g := lifecycle.Group{Logger: withoutTime(&log)}
		parts := []part.Part{
			&fake{name: "quick", start: sleeping(4 * time.Second)},
			&fake{name: "slow", start: sleeping(16 * time.Second), stop: sleeping(6 * time.Second)},
		}
		if err := errors.Join(g.Start(t.Context(), parts), g.Stop(t.Context())); err != nil {
			t.Fatal(err)
		}
		want := `level=WARN msg="still starting" part=slow waited=5s
level=WARN msg="still starting" part=slow waited=15s
level=WARN msg="still stopping" part=slow waited=5s
`
		if log.String() != want {
			t.Errorf("the log is\n%s", &log)
		}
	})
}

var errSignal = errors.New("received terminated")

// TestAnInterruptedStart has parts that heed their context and parts that do not.
func TestAnInterruptedStart(t *testing.T) {
	for name, test := range map[string]struct {
		start func(context.Context) error
		took  time.Duration
		want  string
	}{
		"heeds": {func(ctx context.Context) error {
			<-ctx.Done()
			return fmt.Errorf("cannot connect: %w; set REDIS_URL", ctx.Err())
		}, time.Second, "received terminated while starting it"},
		"slow":    {sleeping(5 * time.Second), 5 * time.Second, "received terminated while starting next"},
		"ignores": {sleeping(time.Hour), 11 * time.Second, "received terminated while starting it, which has not returned"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stops := make(chan string, 2)
				stop := func(name string) func(context.Context) error {
					return func(context.Context) error { stops <- name; return nil }
				}
				g := lifecycle.Group{Timeout: 20 * time.Second}
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(errSignal) })
				begun := time.Now()
				err := g.Start(ctx, []part.Part{
					&fake{name: "first", stop: stop("first")}, &fake{name: "it", start: test.start, stop: stop("it")}, &fake{name: "next"},
				})
				if fmt.Sprint(err) != test.want || !errors.Is(err, errSignal) {
					t.Errorf("%v", err)
				}
				if took := time.Since(begun); took != test.took {
					t.Errorf("it took %v", took)
				}
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				close(stops)
				var stopped []string
				for name := range stops {
					stopped = append(stopped, name)
				}
				if want := map[string]string{"heeds": "first", "slow": "it first", "ignores": "first it"}[name]; strings.Join(stopped, " ") != want {
					t.Errorf("stopped: %v", stopped)
				}
			})
		})
	}
}

// TestADeadlineIsNoSignal: what the part says about it is of more use.
func TestADeadlineIsNoSignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := new(lifecycle.Group).Start(ctx, []part.Part{&fake{name: "redis", start: func(ctx context.Context) error {
			<-ctx.Done()
			return errors.New("no answer; set REDIS_URL")
		}}})
		if fmt.Sprint(err) != "cannot start redis: no answer; set REDIS_URL" {
			t.Error(err)
		}
	})
}

// TestAFailedStartIsBounded has a part that does not stop.
func TestAFailedStartIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := lifecycle.Group{Timeout: 20 * time.Second}
		begun := time.Now()
		err := g.Start(t.Context(), []part.Part{
			&fake{name: "stuck", stop: sleeping(time.Minute)},
			&fake{name: "wrong", start: func(context.Context) error { return errors.New("wrong") }},
		})
		if took := time.Since(begun); took > 11*time.Second || !strings.Contains(fmt.Sprint(err), "cannot start wrong: wrong; cannot stop stuck: it has not returned") {
			t.Errorf("%v after %v", err, took)
		}
		time.Sleep(time.Minute)
	})
}

// TestTheSlowPartIsBlamed, and not those that come after the end of the time.
func TestTheSlowPartIsBlamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("PROCESS_SHUTDOWN_TIMEOUT has passed")
		patient := func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
		quick := func(ctx context.Context) error {
			time.Sleep(10 * time.Millisecond)
			return ctx.Err()
		}
		var g lifecycle.Group
		err := g.Start(t.Context(), []part.Part{
			&fake{name: "redis", stop: patient}, &fake{name: "database", stop: quick},
			&fake{name: "actions", stop: func(context.Context) error { return errors.New("actions still running: stuck") }},
			&fake{name: "channels", stop: patient}, &fake{name: "web", stop: patient},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		defer cancel()
		want := "cannot stop web: PROCESS_SHUTDOWN_TIMEOUT has passed\n" +
			"cannot stop actions: actions still running: stuck\n" +
			"no time was left to stop channels, redis"
		if err := g.Stop(ctx); fmt.Sprint(err) != want {
			t.Error(err)
		}
	})
}

func TestGoexitIsAnError(t *testing.T) {
	err := new(lifecycle.Group).Start(t.Context(), []part.Part{&fake{name: "a", start: func(context.Context) error { runtime.Goexit(); return nil }}})
	if fmt.Sprint(err) != "cannot start a: it called runtime.Goexit" {
		t.Error(err)
	}
}
