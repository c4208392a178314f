package action_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/keryx-go/keryx/action"
)

type showInput struct {
	UserID int64  `json:"userId" minimum:"1"`
	Order  string `json:"order" default:"asc" enum:"asc,desc"`
}

type showOutput struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func show(_ context.Context, in showInput) (showOutput, error) {
	return showOutput{ID: in.UserID, Name: "Ada"}, nil
}

// BenchmarkServe runs a small action as a transport does.
func BenchmarkServe(b *testing.B) {
	quiet := slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}))
	loud := slog.New(slog.NewTextHandler(io.Discard, nil))
	params := action.Params{"userId": action.Text{"5"}}
	for name, o := range map[string]action.Options{
		"plain":   {Logger: quiet},
		"timeout": {Logger: quiet, Timeout: time.Minute},
		"logged":  {Logger: loud, Timeout: time.Minute},
	} {
		b.Run(name, func(b *testing.B) {
			_, e := register(o, action.Action{Web: action.GET("/user/{userId}")}, show)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Serve(b.Context(), params); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("in the caller's goroutine", func(b *testing.B) {
		_, e := register(action.Options{Logger: quiet, Timeout: time.Minute}, action.Action{}, show)
		b.ReportAllocs()
		for b.Loop() {
			e.ServeTo(b.Context(), params, func(o action.Outcome) {
				if o.Err != nil {
					b.Fatal(o.Err)
				}
			})
		}
	})
	b.Run("bad parameter", func(b *testing.B) {
		_, e := register(action.Options{Logger: quiet}, action.Action{}, show)
		bad := action.Params{"userId": action.Text{"x"}}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := e.Serve(b.Context(), bad); err == nil {
				b.Fatal("it succeeded")
			}
		}
	})
}

// BenchmarkAct calls an action from Go, with its own input and with a map.
func BenchmarkAct(b *testing.B) {
	r, _ := register(action.Options{Timeout: time.Minute}, action.Action{}, show)
	for name, params := range map[string]any{
		"struct": showInput{UserID: 5, Order: "asc"}, "map": action.Params{"userId": 5},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Act(b.Context(), "test", params); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
