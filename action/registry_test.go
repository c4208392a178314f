package action_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
)

type xInput struct {
	X string `json:"x,omitempty"`
	Y string `json:"y,omitempty"`
}

// panics returns what f panics with, as text.
func panics(f func()) (message string) {
	defer func() {
		if r := recover(); r != nil {
			message = fmt.Sprint(r)
		}
	}()
	f()
	return "no panic"
}

// passes is middleware that does nothing.
func passes(next action.Handler) action.Handler { return next }

// takes is the function of an action with any input.
func takes[In any](context.Context, In) (any, error) { return nil, nil }

// TestHandlePanics lists the mistakes that must stop an app at boot. Each is
// made after an action "first" with the route GET /a/{x}.
func TestHandlePanics(t *testing.T) {
	type badTag struct {
		N int `json:"n" minimum:"one"`
	}
	type noInput struct {
		C chan int
	}
	x := func(context.Context, xInput) (any, error) { return nil, nil }
	for name, test := range map[string]struct {
		add  func(*action.Registry)
		want []string
	}{
		"no name": {
			func(r *action.Registry) { action.Handle(r, action.Action{}, x) },
			[]string{`keryx: action "": it has no name`},
		},
		"same name": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "first", Web: action.POST("/b")}, x)
			},
			[]string{`keryx: action "first": `, "same name", "GET /a/{x}"},
		},
		"same route": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Web: action.GET("/a/{x}")}, x)
			},
			[]string{`keryx: action "second": `, "GET /a/{x}", `conflicts`, `action "first"`},
		},
		"same route, other parameter": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Web: action.GET("/a/{y}")}, x)
			},
			[]string{`keryx: action "second": `, "GET /a/{y}", `GET /a/{x} of action "first"`},
		},
		"overlapping routes": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Web: action.GET("/{y}/b")}, x)
			},
			[]string{`keryx: action "second": `, "GET /{y}/b", `GET /a/{x} of action "first"`},
		},
		"parameter that is no input": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Web: action.GET("/b/{id}/{x}")}, x)
			},
			[]string{`keryx: action "second": `, "GET /b/{id}/{x}", "{id}", "its inputs are x, y"},
		},
		"rest parameter that is no input": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Web: action.GET("/b/{rest...}")}, x)
			},
			[]string{`keryx: action "second": `, "{rest}"},
		},
		"parameter twice": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Web: action.GET("/b/{x}/{x}")}, x)
			},
			[]string{`keryx: action "second": `, "GET /b/{x}/{x}", "duplicate"},
		},
		"relative path": {
			func(r *action.Registry) { action.Handle(r, action.Action{Name: "second", Web: action.GET("b")}, x) },
			[]string{`keryx: action "second": `, `starts with "/"`},
		},
		"no method": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Web: action.Route{Path: "/b"}}, x)
			},
			[]string{`keryx: action "second": `, "needs a method"},
		},
		"bad tag": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second"}, func(context.Context, badTag) (any, error) { return nil, nil })
			},
			[]string{`keryx: action "second": `, "field N"},
		},
		"bad type": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second"}, func(context.Context, noInput) (any, error) { return nil, nil })
			},
			[]string{`keryx: action "second": `, "field C", "chan int"},
		},
		"no struct": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second"}, func(context.Context, *xInput) (any, error) { return nil, nil })
			},
			[]string{`keryx: action "second": `, "must be a struct"},
		},
		"no function": {
			func(r *action.Registry) { action.Handle[none, int](r, action.Action{Name: "second"}, nil) },
			[]string{`keryx: action "second": its function is nil`},
		},
		"no middleware": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Middleware: []action.Middleware{passes, nil}}, x)
			},
			[]string{`keryx: action "second": middleware 2 of 2`, "nil"},
		},
		"a group without middleware": {
			func(r *action.Registry) {
				action.Handle(r.Group(nil), action.Action{Name: "second", Middleware: []action.Middleware{passes}}, x)
			},
			[]string{`keryx: action "second": middleware 1 of 2`, "nil"},
		},
		"nil for all": {
			func(r *action.Registry) { r.Use(passes, nil) },
			[]string{`keryx: Actions.Use: a middleware is nil`},
		},
		"a file in the path": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Web: action.PUT("/b/{f}")}, takes[struct {
					F action.File `json:"f"`
				}])
			},
			[]string{`keryx: action "second": route PUT /b/{f}: the parameter {f} is a file`},
		},
		"files in the path": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Web: action.PUT("/b/{f}")}, takes[struct {
					F []action.File `json:"f"`
				}])
			},
			[]string{`keryx: action "second": route PUT /b/{f}: the parameter {f} is a file`},
		},
		"an object in the path": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second", Web: action.PUT("/b/{m}")}, takes[struct {
					M map[string]int `json:"m"`
				}])
			},
			[]string{`keryx: action "second": route PUT /b/{m}: the parameter {m} is an object`},
		},
		"a channel as the result": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second"}, func(context.Context, none) (chan int, error) { return nil, nil })
			},
			[]string{`keryx: action "second": its result is of type chan int`},
		},
		"a function in a reply": {
			func(r *action.Registry) {
				action.Handle(r, action.Action{Name: "second"}, func(context.Context, none) (out action.Reply[func()], err error) { return })
			},
			[]string{`keryx: action "second": its result is of type func()`},
		},
		"raw": {
			func(r *action.Registry) {
				r.Add(action.Action{Name: "first"}, reflect.TypeFor[none](), reflect.TypeFor[any](), func(context.Context, *action.Call) (any, error) { return nil, nil })
			},
			[]string{`keryx: action "first": `, "same name"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := action.NewRegistry(action.Options{})
			action.Handle(r, action.Action{Name: "first", Web: action.GET("/a/{x}")}, x)
			message := panics(func() { test.add(r) })
			if !strings.HasPrefix(message, test.want[0]) {
				t.Errorf("got %q, want it to begin with %q", message, test.want[0])
			}
			for _, want := range test.want {
				if !strings.Contains(message, want) {
					t.Errorf("got %q, want %q in it", message, want)
				}
			}
			if len(r.All()) != 1 {
				t.Errorf("the action was registered nevertheless")
			}
		})
	}
}

func TestRoutesThatLiveSideBySide(t *testing.T) {
	r := action.NewRegistry(action.Options{})
	for i, route := range []action.Route{
		{}, {}, action.GET("/a/{x}"), action.POST("/a/{x}"), action.GET("/a/b"), action.GET("/{$}"), action.GET("/c/{x}/{y...}"),
	} {
		action.Handle(r, action.Action{Name: fmt.Sprint(i), Web: route}, func(context.Context, xInput) (any, error) { return nil, nil })
	}
	if len(r.All()) != 7 {
		t.Errorf("%d actions", len(r.All()))
	}
}

func TestAllKeepsTheOrderAndIsACopy(t *testing.T) {
	r := action.NewRegistry(action.Options{})
	for _, name := range []string{"b", "a", "c"} {
		action.Handle(r, action.Action{Name: name}, returns(0, nil))
	}
	r.All()[0] = nil
	var names string
	for _, e := range r.All() {
		names += e.Name
	}
	if names != "bac" {
		t.Errorf("got %s", names)
	}
	if r.Find("a").Name != "a" || r.Find("d") != nil {
		t.Error("Find is wrong")
	}
}

func TestAddRunsWithAPointerToTheInput(t *testing.T) {
	r := action.NewRegistry(action.Options{})
	e := r.Add(action.Action{Name: "raw"}, reflect.TypeFor[xInput](), reflect.TypeFor[any](), func(ctx context.Context, call *action.Call) (any, error) {
		in, err := call.Input(ctx)
		return call.Action.Name + in.(*xInput).X, err
	})
	if got := serve(t, e, action.Params{"x": "5"}); got != `"raw5"` {
		t.Errorf("got %s", got)
	}
	if e != r.Find("raw") {
		t.Error("Add returned another entry than Find")
	}
}

func TestInputsAreDescribed(t *testing.T) {
	type in struct {
		ID    int64       `json:"id" doc:"The id" minimum:"1"`
		Order string      `json:"order" default:"asc" enum:"asc,desc"`
		Key   string      `json:"key,omitempty" secret:"true"`
		Tags  []string    `json:"tags,omitempty"`
		File  action.File `json:"file"`
	}
	_, e := register(action.Options{}, action.Action{}, func(context.Context, in) (any, error) { return nil, nil })
	want := []action.Input{
		{Name: "id", Doc: "The id", Type: "integer", Required: true},
		{Name: "order", Type: "string", Default: "asc", Enum: []string{"asc", "desc"}},
		{Name: "key", Type: "string", Secret: true},
		{Name: "tags", Type: "array", Items: "string"},
		{Name: "file", Type: "file", Required: true},
	}
	if got := e.Inputs(); !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func TestPathParams(t *testing.T) {
	for path, want := range map[string]string{
		"/": "", "/a/{x}": "x", "/{x}/b/{y}": "x y", "/{x}/{rest...}": "x rest", "/a/{$}": "", "/a/{open": "",
	} {
		if got := strings.Join(action.GET(path).PathParams(), " "); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestRouteString(t *testing.T) {
	for want, route := range map[string]action.Route{
		"": {}, "GET /a": action.GET("/a"), "POST /a": action.POST("/a"), "PUT /a": action.PUT("/a"),
		"PATCH /a": action.PATCH("/a"), "DELETE /a": action.DELETE("/a"),
	} {
		if got := route.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
