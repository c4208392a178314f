package action_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
)

// patch has what JSON alone would lose on the way from Go to Go.
type patch struct {
	ID   int64                   `json:"id"`
	Name action.Optional[string] `json:"name"`
	Wait time.Duration           `json:"wait,omitempty"`
	At   time.Time               `json:"at,omitzero"`
	Tags []string                `json:"tags,omitempty" maxItems:"3"`
	File action.File             `json:"file,omitzero"`
	Any  any                     `json:"any,omitempty"`
}

func patches() *action.Registry {
	r, _ := register(action.Options{}, action.Action{}, func(_ context.Context, in patch) (patch, error) { return in, nil })
	return r
}

func TestActWithEveryKindOfParams(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for name, test := range map[string]struct {
		params any
		want   patch
	}{
		"Params":               {action.Params{"id": 1, "tags": []string{"a"}}, patch{ID: 1, Tags: []string{"a"}}},
		"map":                  {map[string]any{"id": uint8(1), "wait": time.Second, "at": at}, patch{ID: 1, Wait: time.Second, At: at}},
		"text":                 {action.Params{"id": action.Text{"1"}, "wait": action.Text{"1s"}}, patch{ID: 1, Wait: time.Second}},
		"map of numbers":       {map[string]int{"id": 1}, patch{ID: 1}},
		"own input":            {patch{ID: 1, Wait: time.Minute, At: at}, patch{ID: 1, Wait: time.Minute, At: at}},
		"pointer to own input": {&patch{ID: 1, Tags: []string{"x"}}, patch{ID: 1, Tags: []string{"x"}}},
		"own input, absent":    {patch{ID: 1}, patch{ID: 1}},
		"own input, null":      {patch{ID: 1, Name: input.Null[string]()}, patch{ID: 1, Name: input.Null[string]()}},
		"own input, value":     {patch{ID: 1, Name: input.Some("n")}, patch{ID: 1, Name: input.Some("n")}},
		"largest number":       {patch{ID: math.MaxInt64}, patch{ID: math.MaxInt64}},
		"another struct":       {struct{ ID int }{1}, patch{}},
		"another struct with tags": {struct {
			N int `json:"id"`
		}{1}, patch{ID: 1}}, //nolint:gofmt // one line
	} {
		t.Run(name, func(t *testing.T) {
			got, err := patches().Act(t.Context(), "test", test.params)
			if name == "another struct" { // it has no "id"
				if failure := asError(t, err); failure.Key != "id" || failure.Message != "Missing required param: id" {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// asError wants err to be an *fault.Error, as it is for a transport.
func asError(t *testing.T, err error) *fault.Error {
	t.Helper()
	failure, ok := err.(*fault.Error) //nolint:errorlint // Act promises the type itself
	if !ok {
		t.Fatalf("got a %T, want an *fault.Error: %v", err, err)
	}
	return failure
}

func TestActKeepsTheContentOfAFile(t *testing.T) {
	file := input.NewFile("a.txt", "text/plain", 2, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("hi")), nil })
	got, err := patches().Act(t.Context(), "test", patch{ID: 1, File: file})
	if err != nil {
		t.Fatal(err)
	}
	content, err := got.(patch).File.Open()
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(content); string(b) != "hi" {
		t.Errorf("got %q", b)
	}
}

type marshalPanics struct{ N int }

func (marshalPanics) MarshalText() ([]byte, error) { panic("in MarshalText") }

func TestActWithGarbage(t *testing.T) {
	cycle := map[string]any{}
	cycle["self"] = cycle
	formatting, required := fault.ConnectionActionParamFormatting, fault.ConnectionActionParamRequired
	for name, test := range map[string]struct {
		params any
		want   fault.Type
	}{
		"nil": {nil, required}, "number": {5, formatting}, "string": {`{"id":1}`, formatting}, "list": {[]int{1}, formatting},
		"channel": {make(chan int), formatting}, "cycle": {cycle, formatting}, "map with int keys": {map[int]any{1: 1}, formatting},
		"NaN": {map[string]any{"id": math.NaN()}, required}, "function inside": {map[string]any{"id": func() {}}, formatting},
		"nil pointer": {(*patch)(nil), required}, "panic": {map[string]any{"id": marshalPanics{}}, fault.ConnectionServerError},
	} {
		got, err := patches().Act(t.Context(), "test", test.params)
		if failure := asError(t, err); failure.Type != test.want || got != nil {
			t.Errorf("%s: got %v, %+v; want %s", name, got, failure, test.want)
		}
	}
}

func TestActOfAnUnknownAction(t *testing.T) {
	_, err := patches().Act(t.Context(), "nonsense", nil)
	if failure := asError(t, err); failure.Type != fault.ConnectionActionNotFound || failure.Message != "Action not found: nonsense" {
		t.Errorf("got %+v", failure)
	}
}

// TestActDoesNotShareWithItsCaller: an action's changes to its input stay in the
// action.
func TestActDoesNotShareWithItsCaller(t *testing.T) {
	r, _ := register(action.Options{}, action.Action{}, func(_ context.Context, in patch) (any, error) {
		in.Any.(map[string]any)["k"] = "changed"
		in.Tags[0] = "changed"
		return nil, nil
	})
	tags, inner := []string{"a"}, map[string]any{"k": "v"}
	for _, params := range []any{patch{ID: 1, Tags: tags, Any: inner}, action.Params{"id": 1, "tags": tags, "any": inner}} {
		if _, err := r.Act(t.Context(), "test", params); err != nil {
			t.Fatal(err)
		}
	}
	if tags[0] != "a" || inner["k"] != "v" {
		t.Errorf("the caller's values changed: %v, %v", tags, inner)
	}
}

type txKey struct{}

// TestActNested: the callee sees what the caller's middleware and transport
// put into the context, and its error goes through the caller as it is.
func TestActNested(t *testing.T) {
	r := action.NewRegistry(action.Options{HideInternals: true})
	transaction := func(next action.Handler) action.Handler {
		return func(ctx context.Context, call *action.Call) (any, error) {
			return next(context.WithValue(ctx, txKey{}, "tx"), call)
		}
	}
	act := func(name string) func(context.Context, none) (any, error) {
		return func(ctx context.Context, _ none) (any, error) {
			result, err := r.Act(ctx, name, nil)
			if err != nil {
				return nil, fmt.Errorf("asking %s: %w", name, err)
			}
			return result, nil
		}
	}
	action.Handle(r, action.Action{Name: "outer", Middleware: []action.Middleware{transaction}}, act("inner"))
	action.Handle(r, action.Action{Name: "inner"}, func(ctx context.Context, _ none) (string, error) {
		return fmt.Sprint(ctx.Value(txKey{}), " ", connection.From(ctx).CorrelationID), nil
	})
	action.Handle(r, action.Action{Name: "asks the bad"}, act("bad"))
	action.Handle(r, action.Action{Name: "bad"}, returns(0, &fault.Error{Type: fault.ConnectionSessionNotFound, Message: "who?"}))
	action.Handle(r, action.Action{Name: "asks the mad"}, act("mad"))
	action.Handle(r, action.Action{Name: "mad"}, explode)
	action.Handle(r, action.Action{Name: "asks nobody"}, act("nobody"))

	ctx := connection.With(t.Context(), &connection.Connection{CorrelationID: "c-1"})
	response, err := r.Find("outer").Serve(ctx, nil)
	if err != nil || string(response.JSON) != `"tx c-1"` {
		t.Errorf("got %+v, %v", response, err)
	}
	if err := fail(t, r.Find("asks the bad"), nil); err.Type != fault.ConnectionSessionNotFound || err.Message != "who?" {
		t.Errorf("error: got %+v", err)
	}
	if err := fail(t, r.Find("asks the mad"), nil); err.Type != fault.ConnectionServerError ||
		err.Message != "Internal server error" || !strings.Contains(err.Stack(), "explode") {
		t.Errorf("panic: got %+v", err)
	}
	if err := fail(t, r.Find("asks nobody"), nil); err.Type != fault.ConnectionActionNotFound {
		t.Errorf("unknown: got %+v", err)
	}
}

// TestActUnderTheCallersTimeout: the callee's own time is longer, the
// caller's counts.
func TestActUnderTheCallersTimeout(t *testing.T) {
	r := action.NewRegistry(action.Options{})
	var seen error
	action.Handle(r, action.Action{Name: "outer", Timeout: 10 * time.Millisecond}, func(ctx context.Context, _ none) (any, error) {
		_, seen = r.Act(ctx, "inner", nil)
		return nil, seen
	})
	action.Handle(r, action.Action{Name: "inner", Timeout: time.Hour},
		func(ctx context.Context, _ none) (any, error) { <-ctx.Done(); return nil, ctx.Err() })
	err := fail(t, r.Find("outer"), nil)
	if err.Message != "Action 'outer' timed out after 10ms" {
		t.Errorf("got %v", err)
	}
	if err := r.Wait(t.Context()); err != nil { // seen is set
		t.Fatal(err)
	}
	if failure := asError(t, seen); failure.Type != fault.ConnectionActionTimeout || !errors.Is(seen, context.DeadlineExceeded) {
		t.Errorf("the caller saw %v", seen)
	}
}
