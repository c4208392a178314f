package action_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// labelled returns middleware that adds a word to each result.
func labelled(word string, trail *[]string) action.Middleware {
	return func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			*trail = append(*trail, word)
			return next(ctx, call)
		}
	}
}

func TestGroupsNest(t *testing.T) {
	var trail []string
	m := func(word string) action.Middleware { return labelled(word, &trail) }
	r := action.NewRegistry(action.Options{})
	outer := r.Group(m("outer"))
	inner, other := outer.Group(m("inner1"), m("inner2")), outer.Group(m("other"))
	empty := func(context.Context, struct{}) (any, error) { return nil, nil }
	for name, to := range map[string]action.Registrar{"plain": r, "outer": outer, "inner": inner, "other": other} {
		action.Handle(to, action.Action{Name: name, Middleware: []action.Middleware{m("own")}}, empty)
	}
	r.Use(m("all")) // after the groups, and around them
	for name, want := range map[string]string{
		"plain": "all own", "outer": "all outer own", "inner": "all outer inner1 inner2 own", "other": "all outer other own",
	} {
		trail = nil
		if _, err := r.Act(t.Context(), name, nil); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(trail, " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestFrozen(t *testing.T) {
	r := action.NewRegistry(action.Options{})
	g := r.Group()
	empty := func(context.Context, struct{}) (any, error) { return nil, nil }
	r.Freeze()
	for name, register := range map[string]func(){
		"Handle":          func() { action.Handle(r, action.Action{Name: "late"}, empty) },
		"Handle in group": func() { action.Handle(g.Group(), action.Action{Name: "late"}, empty) },
		"Use":             func() { r.Use() },
	} {
		got := panics(register)
		if !strings.HasPrefix(got, "keryx: ") || !strings.Contains(got, "has started") || name != "Use" && !strings.Contains(got, `"late"`) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if len(r.All()) != 0 {
		t.Error("a registration that panicked took effect")
	}
}

type sumInput struct {
	A int `json:"a" minimum:"1"`
	B int `json:"b,omitzero" default:"10"`
}

type sumOutput struct{ Sum int }

func ExampleRef() {
	r := action.NewRegistry(action.Options{})
	sum := action.Handle(r, action.Action{Name: "sum"}, func(_ context.Context, in sumInput) (sumOutput, error) {
		return sumOutput{in.A + in.B}, nil
	})
	out, err := sum.Act(context.Background(), sumInput{A: 1, B: 2})
	fmt.Println(out.Sum, err)
	out, err = sum.Act(context.Background(), sumInput{A: 1})
	fmt.Println(out.Sum, err)
	_, err = sum.Act(context.Background(), sumInput{})
	fmt.Println(err)
	// Output:
	// 3 <nil>
	// 11 <nil>
	// a must be at least 1
}

// TestRefIsAct holds a reference against the call by name.
func TestRefIsAct(t *testing.T) {
	var trail []string
	r := action.NewRegistry(action.Options{})
	broken := errors.New("broken")
	refs := r.Group(labelled("group", &trail))
	one := action.Handle(refs, action.Action{Name: "one"}, func(ctx context.Context, in sumInput) (*sumOutput, error) {
		if in.B == 13 {
			return nil, broken
		}
		if connection.From(ctx).Transport != connection.CLI {
			t.Error("the caller's connection is lost")
		}
		return &sumOutput{in.A + in.B}, nil
	})
	if one.Entry() != r.Find("one") {
		t.Error("it refers to another action")
	}
	ctx := connection.With(t.Context(), &connection.Connection{Transport: connection.CLI})
	for _, in := range []sumInput{{1, 2}, {1, 0}, {0, 0}, {1, 13}} {
		trail = nil
		out, err := one.Act(ctx, in)
		byName, errByName := r.Act(ctx, "one", in)
		if len(trail) != 2 && in.A > 0 {
			t.Errorf("%+v: middleware ran %d times", in, len(trail))
		}
		if fmt.Sprint(err) != fmt.Sprint(errByName) || err == nil && *out != *byName.(*sumOutput) {
			t.Errorf("%+v: %v, %v; by name %v, %v", in, out, err, byName, errByName)
		}
		if failure := new(fault.Error); err != nil && !errors.As(err, &failure) {
			t.Errorf("%+v: the error is a %T", in, err)
		}
	}
	empty := action.Handle(r, action.Action{Name: "nil"}, func(context.Context, struct{}) (error, error) { return nil, nil })
	if out, err := empty.Act(ctx, struct{}{}); out != nil || err != nil {
		t.Errorf("%v, %v", out, err)
	}
	replaced := action.Handle(r.Group(func(action.Handler) action.Handler {
		return func(context.Context, *action.Call) (any, error) { return "other", nil }
	}), action.Action{Name: "replaced"}, func(context.Context, struct{}) (int, error) { return 1, nil })
	if _, err := replaced.Act(ctx, struct{}{}); err == nil || !strings.Contains(err.Error(), "the result of replaced is a string, not a int: middleware has replaced it") {
		t.Errorf("got %v", err)
	}
}

func TestGuards(t *testing.T) {
	guard := func(g action.Guard) action.Middleware {
		return func(next action.Handler) action.Handler {
			action.Describe(next, g)
			return func(ctx context.Context, call *action.Call) (any, error) { return next(ctx, call) }
		}
	}
	login, scope := action.Guard{Name: "login", Login: true}, action.Guard{Name: "scope a", Scopes: []string{"a"}}
	var trail []string
	r := action.NewRegistry(action.Options{})
	r.Use(guard(action.Guard{Name: "limit"}))
	g := r.Group(guard(login), labelled("plain", &trail))
	ran := 0
	action.Handle(g, action.Action{Name: "a", Middleware: []action.Middleware{guard(scope)}}, func(context.Context, struct{}) (int, error) {
		ran++
		return ran, nil
	})
	want := []action.Guard{{Name: "limit"}, login, scope}
	if got := r.Find("a").Guards(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if ran != 0 || trail != nil {
		t.Error("describing ran the action")
	}
	if out, err := r.Act(t.Context(), "a", nil); out != 1 || err != nil {
		t.Errorf("%v, %v", out, err)
	}
	if got := r.Find("a").Guards(); !reflect.DeepEqual(got, want) {
		t.Errorf("after a run: %+v", got)
	}
}

func TestInternal(t *testing.T) {
	empty := func(context.Context, struct{}) (any, error) { return nil, nil }
	r := action.NewRegistry(action.Options{})
	action.Handle(r, action.Action{Name: "cleanup", Internal: true}, empty)
	action.Handle(r, action.Action{Name: "shell", Internal: true, Only: []string{connection.CLI}}, empty)
	for _, e := range r.All() {
		if got := fmt.Sprint(e.Transports()); got != "[cli]" || e.Reachable(connection.Web) || e.Reachable(connection.WebSocket) || !e.Reachable(connection.Internal) {
			t.Errorf("%s: %s", e.Name, got)
		}
	}
	for _, a := range []action.Action{
		{Name: "x", Internal: true, Web: action.GET("/x")},
		{Name: "x", Internal: true, Only: []string{connection.WebSocket}},
		{Name: "x", Internal: true, Only: []string{connection.CLI, connection.WebSocket}},
	} {
		if got := panics(func() { action.Handle(r, a, empty) }); !strings.HasPrefix(got, `keryx: action "x": it is Internal and`) {
			t.Errorf("%+v: %s", a, got)
		}
	}
}
