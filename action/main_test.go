package action_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type none struct{}

// returns is the function of an action that always comes to the same.
func returns[Out any](out Out, err error) func(context.Context, none) (Out, error) {
	return func(context.Context, none) (Out, error) { return out, err }
}

// register makes a registry with one action, named "test".
func register[In, Out any](o action.Options, a action.Action, run func(context.Context, In) (Out, error)) (*action.Registry, *action.Entry) {
	r := action.NewRegistry(o)
	a.Name = "test"
	action.Handle(r, a, run)
	return r, r.Find("test")
}

// serve runs e and wants it to succeed; it returns the JSON.
func serve(t *testing.T, e *action.Entry, params action.Params) string {
	t.Helper()
	response, err := e.Serve(t.Context(), params)
	if err != nil {
		t.Fatalf("%s failed: %v", e.Name, err)
	}
	return string(response.JSON)
}

// fail runs e and wants it to fail.
func fail(t *testing.T, e *action.Entry, params action.Params) *fault.Error {
	t.Helper()
	response, err := e.Serve(t.Context(), params)
	if err == nil {
		t.Fatalf("%s succeeded with %s", e.Name, response.JSON)
	}
	if response != nil {
		t.Errorf("%s returned a response and an error", e.Name)
	}
	return err
}

// logbook records the log, one JSON object per line.
type logbook struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *logbook) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: level}))
}

func (l *logbook) lines(t *testing.T) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []map[string]any
	for line := range bytes.Lines(l.out.Bytes()) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		lines = append(lines, m)
	}
	return lines
}

// line wants exactly one line.
func (l *logbook) line(t *testing.T) map[string]any {
	t.Helper()
	lines := l.lines(t)
	if len(lines) != 1 {
		t.Fatalf("%d lines were logged, want 1: %v", len(lines), lines)
	}
	return lines[0]
}
