package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/internal/lifecycle"
	"github.com/keryx-go/keryx/part"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func Example() {
	say := func(what, name string) func(context.Context) error {
		return func(context.Context) error { fmt.Println(what, name); return nil }
	}
	var g lifecycle.Group
	err := g.Start(context.Background(), []part.Part{
		&fake{name: "web", deps: []string{"redis"}, start: say("start", "web"), stop: say("stop", "web")},
		&fake{name: "redis", start: say("start", "redis"), stop: say("stop", "redis")},
	})
	fmt.Println(err)
	fmt.Println(g.Stop(context.Background()))
	// Output:
	// start redis
	// start web
	// <nil>
	// stop web
	// stop redis
	// <nil>
}

// fake is a part of functions, each of which may be nil.
type fake struct {
	name        string
	deps        []string
	start, stop func(context.Context) error
}

func (f *fake) Name() string                    { return f.name }
func (f *fake) DependsOn() []string             { return f.deps }
func (f *fake) Start(ctx context.Context) error { return call(ctx, f.start) }
func (f *fake) Stop(ctx context.Context) error  { return call(ctx, f.stop) }

func call(ctx context.Context, f func(context.Context) error) error {
	if f == nil {
		return nil
	}
	return f(ctx)
}

func names(steps []part.Part) string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Name())
	}
	return strings.Join(out, " ")
}

func TestOrder(t *testing.T) {
	step := func(name string, deps ...string) part.Part { return &fake{name: name, deps: deps} }
	for name, test := range map[string]struct {
		steps []part.Part
		want  string // the order, or a part of the error
	}{
		"as given":       {[]part.Part{step("b"), step("a")}, "b a"},
		"by dependency":  {[]part.Part{step("c", "b"), step("b", "a"), step("a")}, "a b c"},
		"diamond":        {[]part.Part{step("d", "b", "c"), step("c", "a"), step("b", "a"), step("a")}, "a c b d"},
		"unknown":        {[]part.Part{step("a", "ghost")}, `part "a" depends on "ghost", which does not exist`},
		"twins":          {[]part.Part{step("a"), step("a")}, `two parts are named "a"`},
		"itself":         {[]part.Part{step("a", "a")}, "a → a"},
		"cycle":          {[]part.Part{step("x"), step("a", "x", "b"), step("b", "c"), step("c", "a")}, "a → b → c → a"},
		"behind a cycle": {[]part.Part{step("z", "a"), step("a", "b"), step("b", "a")}, "a → b → a"},
		"without a name": {[]part.Part{step("")}, "a part has no name"},
	} {
		t.Run(name, func(t *testing.T) {
			ordered, err := lifecycle.Order(test.steps)
			got := names(ordered)
			if err != nil {
				got = err.Error()
			}
			if err == nil && got != test.want || err != nil && !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestClosure(t *testing.T) {
	parts := []part.Part{
		&fake{name: "web", deps: []string{"actions"}}, &fake{name: "actions", deps: []string{"redis", "database"}},
		&fake{name: "database"}, &fake{name: "redis"}, &fake{name: "mail", deps: []string{"redis"}},
	}
	for _, test := range []struct {
		names []string
		want  string
	}{
		{nil, ""},
		{[]string{"redis"}, "redis"},
		{[]string{"mail", "database"}, "database redis mail"},
		{[]string{"actions"}, "actions database redis"},
		{[]string{"ghost"}, `there is no part "ghost"`},
	} {
		found, err := lifecycle.Closure(parts, test.names...)
		got := names(found)
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.names, got, test.want)
		}
	}
}

func TestFailedStartStopsWhatHadStarted(t *testing.T) {
	var log []string
	record := func(s string, err error) func(context.Context) error {
		return func(context.Context) error { log = append(log, s); return err }
	}
	boom := errors.New("boom")
	for name, fail := range map[string]func(context.Context) error{
		"error": record("start c", boom),
		"panic": func(context.Context) error { log = append(log, "start c"); panic(boom) },
	} {
		t.Run(name, func(t *testing.T) {
			log = nil
			var g lifecycle.Group
			err := g.Start(t.Context(), []part.Part{
				&fake{name: "a", start: record("start a", nil), stop: record("stop a", nil)},
				&fake{name: "b", start: record("start b", nil), stop: record("stop b", errors.New("stuck"))},
				&fake{name: "c", start: fail, stop: record("stop c", nil)},
				&fake{name: "d", start: record("start d", nil)},
			})
			if got, want := strings.Join(log, ", "), "start a, start b, start c, stop b, stop a"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			for _, want := range []string{"cannot start c", "boom", "cannot stop b: stuck"} {
				if !strings.Contains(fmt.Sprint(err), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
			if err := g.Start(t.Context(), nil); err != nil {
				t.Errorf("a failed start cannot be repeated: %v", err)
			}
			if err := g.Start(t.Context(), nil); !errors.Is(err, lifecycle.ErrStarted) {
				t.Errorf("a second start returned %v", err)
			}
		})
	}
}

func TestStopIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var stopped []string
		var g lifecycle.Group
		err := g.Start(t.Context(), []part.Part{
			&fake{name: "polite", stop: func(context.Context) error { stopped = append(stopped, "polite"); return nil }},
			&fake{name: "stubborn", stop: func(context.Context) error { <-release; return nil }},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err = g.Stop(ctx)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("stop took %v", took)
		}
		if !strings.Contains(fmt.Sprint(err), "cannot stop stubborn: it has not returned") || len(stopped) != 1 {
			t.Errorf("err %v, stopped %v", err, stopped)
		}
		if err := g.Stop(t.Context()); err != nil {
			t.Errorf("a second stop returned %v", err)
		}
		close(release)
	})
}

// TestStress starts and stops one group from many goroutines, with starts
// that fail at random: no step may be started twice or stopped unstarted.
func TestStress(t *testing.T) {
	var g lifecycle.Group
	up := make([]bool, 5)
	var steps []part.Part
	for i := range up {
		s := &fake{name: fmt.Sprint(i)}
		if i > 0 {
			s.deps = []string{fmt.Sprint(i - 1)}
		}
		s.start = func(context.Context) error {
			if rand.IntN(10) == 0 {
				return errors.New("chance")
			}
			if up[i] || i > 0 && !up[i-1] {
				t.Errorf("step %d started out of turn: %v", i, up)
			}
			up[i] = true
			return nil
		}
		s.stop = func(context.Context) error {
			if !up[i] || i < len(up)-1 && up[i+1] {
				t.Errorf("step %d stopped out of turn: %v", i, up)
			}
			up[i] = false
			return nil
		}
		steps = append(steps, s)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				_ = g.Start(context.Background(), steps)
				if err := g.Stop(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
