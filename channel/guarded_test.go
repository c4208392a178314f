package channel_test

import (
	"context"
	"errors"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
)

type guardKey struct{}

// guard lets a caller into the organisation 1, and hands what it found on.
func guard(next action.Handler) action.Handler {
	action.Describe(next, action.Guard{Name: "member of {org}", Login: true})
	return func(ctx context.Context, call *action.Call) (any, error) {
		if call.PathValue("org") != "1" {
			return nil, fault.NotFound("There is no organisation %s", call.PathValue("org"))
		}
		return next(context.WithValue(ctx, guardKey{}, "found by "+call.Action.Name), call)
	}
}

func inPlace(action.Handler) action.Handler {
	return func(context.Context, *action.Call) (any, error) { return "an answer", nil }
}

func failing(action.Handler) action.Handler {
	return func(context.Context, *action.Call) (any, error) {
		return nil, errors.New("the database does not answer")
	}
}

// reading asks for the input, as middleware with a transaction does.
func reading(next action.Handler) action.Handler {
	return func(ctx context.Context, call *action.Call) (any, error) {
		if _, err := call.Input(ctx); err != nil {
			return nil, err
		}
		return next(ctx, call)
	}
}

// TestGuards holds what the guards of channels let in, and that Authorize has the last
// word, with what they have found.
func TestGuards(t *testing.T) {
	n := start(t, "redis://"+miniredis.RunT(t).Addr(), channel.Options{})
	var found any
	authorize := func(ctx context.Context, j *channel.Join) error {
		if found = ctx.Value(guardKey{}); j.Params["room"] == "attic" {
			return fault.Forbidden("The attic is locked")
		}
		return nil
	}
	n.Handle(channel.Channel{Name: "org:{org}:room:{room}", Guards: []action.Middleware{reading, guard}, Authorize: authorize})
	n.Handle(channel.Channel{Name: "answered", Guards: []action.Middleware{inPlace}})
	n.Handle(channel.Channel{Name: "failing", Guards: []action.Middleware{failing}})
	n.Handle(channel.Channel{Name: "guarded:{org}", Guards: []action.Middleware{guard}})
	for name, want := range map[string]string{
		"org:1:room:7":     "",
		"org:1:room:attic": "CONNECTION_FORBIDDEN The attic is locked",
		"org:2:room:7":     "CONNECTION_NOT_FOUND There is no organisation 2",
		"answered":         "CONNECTION_CHANNEL_AUTHORIZATION This channel cannot be joined",
		"failing":          "CONNECTION_CHANNEL_AUTHORIZATION the database does not answer",
		"guarded:1":        "",
	} {
		found = nil
		got := ""
		if f, ok := fault.As(n.Join(t.Context(), newClient("ada/"+name), name)); ok {
			got = string(f.Type) + " " + f.Message
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if name == "org:1:room:7" && found != "found by org:{org}:room:{room}" {
			t.Errorf("Authorize got %v", found)
		}
	}
}

func TestOpen(t *testing.T) {
	allow := func(context.Context, *channel.Join) error { return nil }
	through := func(next channel.Handler) channel.Handler { return next }
	for name, test := range map[string]struct {
		channel channel.Channel
		open    bool
	}{
		"nothing":             {channel.Channel{Name: "a"}, true},
		"a guard that counts": {channel.Channel{Name: "a", Guards: []action.Middleware{reading}}, true},
		"a guard":             {channel.Channel{Name: "a", Guards: []action.Middleware{reading, guard}}, false},
		"Authorize":           {channel.Channel{Name: "a", Authorize: allow}, false},
		"middleware":          {channel.Channel{Name: "a", Middleware: []channel.Middleware{through}}, false},
	} {
		if got := test.channel.Open(); got != test.open {
			t.Errorf("%s: open %v", name, got)
		}
	}
}
