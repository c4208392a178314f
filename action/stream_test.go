package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// pieces is a stream as a test needs it.
type pieces struct {
	produce func(ctx context.Context, send func([]byte) error) error
	collect func(ctx context.Context) (any, error)
	mute    bool // it cannot tell of a failure
	closed  atomic.Int32
	onClose func()
}

func (p *pieces) ContentType() string { return "text/test" }

func (p *pieces) Produce(ctx context.Context, send func([]byte) error) error {
	return p.produce(ctx, send)
}

func (p *pieces) Failure(body []byte) []byte {
	if p.mute {
		return nil
	}
	return append([]byte("failed: "), body...)
}

func (p *pieces) Collect(ctx context.Context) (any, error) { return p.collect(ctx) }

func (p *pieces) Close() error {
	p.closed.Add(1)
	if p.onClose != nil {
		p.onClose()
	}
	return nil
}

// send returns a producer of pieces that ends with err.
func send(err error, texts ...string) func(context.Context, func([]byte) error) error {
	return func(_ context.Context, send func([]byte) error) error {
		for _, text := range texts {
			if err := send([]byte(text)); err != nil {
				return err
			}
		}
		return err
	}
}

// stream runs the action that returns p, and returns the stream.
func stream(t *testing.T, o action.Options, p *pieces) (*action.Registry, *action.StreamRun) {
	t.Helper()
	r, e := register(o, action.Action{}, returns[action.Stream](p, nil))
	response, err := e.Serve(t.Context(), action.Params{"secret": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if response.Stream == nil || response.JSON != nil || response.HTTP != nil || response.Stream.ContentType() != "text/test" {
		t.Fatalf("got %+v", response)
	}
	return r, response.Stream
}

func TestStream(t *testing.T) {
	boom := errors.New("boom")
	coded := &fault.Error{Type: fault.ConnectionRateLimited, Message: "slower", Err: boom}
	for name, test := range map[string]struct {
		stream *pieces
		want   string // the sent bytes
		err    fault.Type
		status string // in the log
		level  string
		stack  string // in the log
	}{
		"good":                {&pieces{produce: send(nil, "a", "b")}, "a|b", "", "OK", "INFO", ""},
		"empty":               {&pieces{produce: send(nil)}, "", "", "OK", "INFO", ""},
		"fails and tells":     {&pieces{produce: send(boom, "a")}, `a|failed: {"error":{"message":"boom","type":"CONNECTION_ACTION_RUN"}}`, "", "CONNECTION_ACTION_RUN", "ERROR", ""},
		"fails when opened":   {&pieces{produce: send(coded, "")}, `|failed: {"error":{"message":"slower","type":"CONNECTION_RATE_LIMITED"}}`, "", "CONNECTION_RATE_LIMITED", "INFO", ""},
		"fails at once":       {&pieces{produce: send(boom)}, "", fault.ConnectionActionRun, "CONNECTION_ACTION_RUN", "ERROR", ""},
		"fails and is mute":   {&pieces{produce: send(boom, "a"), mute: true}, "a", fault.ConnectionActionRun, "CONNECTION_ACTION_RUN", "ERROR", ""},
		"panics":              {&pieces{produce: func(context.Context, func([]byte) error) error { panic("ouch") }}, "", fault.ConnectionServerError, "CONNECTION_SERVER_ERROR", "ERROR", "stream_test.go"},
		"exits its goroutine": {&pieces{produce: func(context.Context, func([]byte) error) error { runtime.Goexit(); return nil }}, "", fault.ConnectionServerError, "CONNECTION_SERVER_ERROR", "ERROR", "stream_test.go"},
	} {
		t.Run(name, func(t *testing.T) {
			var book logbook
			r, run := stream(t, action.Options{Logger: book.logger(slog.LevelInfo)}, test.stream)
			var sent []string
			err := run.Produce(t.Context(), func(p []byte) error { sent = append(sent, plain(p)); return nil })
			if got := strings.Join(sent, "|"); got != test.want {
				t.Errorf("sent %s, want %s", got, test.want)
			}
			if (err == nil) != (test.err == "") || err != nil && err.Type != test.err {
				t.Errorf("got %v, want %q", err, test.err)
			}
			if test.stream.closed.Load() != 1 {
				t.Errorf("it was closed %d times", test.stream.closed.Load())
			}
			if err := r.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			lines := book.lines(t)
			if len(lines) != 2 || lines[0]["msg"] != "action" || lines[0]["status"] != "OK" || lines[1]["msg"] != "stream" ||
				lines[1]["name"] != "test" || lines[1]["status"] != test.status || lines[1]["level"] != test.level || lines[1]["duration"] == nil {
				t.Errorf("logged %v", lines)
			}
			if stack, _ := lines[1]["stack"].(string); !strings.Contains(stack, test.stack) || (test.stack == "") != (stack == "") {
				t.Errorf("logged the stack %q", stack)
			}
		})
	}
}

// plain is a piece without what changes with time.
func plain(piece []byte) string {
	body, ok := strings.CutPrefix(string(piece), "failed: ")
	if !ok {
		return string(piece)
	}
	var wire struct {
		Error struct {
			Message string `json:"message"`
			Type    string `json:"type"`
		} `json:"error"`
	}
	if err := json.Unmarshal([]byte(body), &wire); err != nil {
		return err.Error()
	}
	short, _ := json.Marshal(wire)
	return "failed: " + string(short)
}

func TestStreamHidesInternals(t *testing.T) {
	_, run := stream(t, action.Options{HideInternals: true}, &pieces{produce: send(errors.New("password=1"), "a")})
	var last string
	if err := run.Produce(t.Context(), func(p []byte) error { last = string(p); return nil }); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(last, "Internal server error") || strings.Contains(last, "password") || strings.Contains(last, "stack") {
		t.Errorf("the client was sent %s", last)
	}
}

// TestStreamOutlivesTheTimeoutOfItsAction: both the one of the action's own
// time and of its context.
func TestStreamOutlivesTheTimeoutOfItsAction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, e := register(action.Options{Timeout: time.Second}, action.Action{}, returns[action.Stream](&pieces{
			produce: func(ctx context.Context, send func([]byte) error) error {
				time.Sleep(time.Hour)
				return errors.Join(ctx.Err(), send([]byte("late")))
			},
		}, nil))
		var sent string
		e.ServeTo(t.Context(), nil, func(o action.Outcome) {
			if err := o.Response.Stream.Produce(t.Context(), func(p []byte) error { sent += string(p); return nil }); err != nil {
				t.Error(err)
			}
		})
		if sent != "late" {
			t.Errorf("sent %q", sent)
		}
	})
}

// TestEndsOfStreams: how a stream that has lost its client ends, whatever its
// producer makes of it.
func TestEndsOfStreams(t *testing.T) {
	for name, produced := range map[string]error{"that says so": context.Canceled, "that says nothing": nil, "that says otherwise": errors.New("closed")} {
		for cause, want := range map[error]string{
			nil:                "The caller went away, 499, INFO",
			action.ErrStopping: "The server is shutting down, 503, INFO",
		} {
			var book logbook
			_, run := stream(t, action.Options{Logger: book.logger(slog.LevelInfo)}, &pieces{
				produce: func(ctx context.Context, send func([]byte) error) error {
					_ = send([]byte("a"))
					<-ctx.Done()
					if err := send([]byte("b")); err == nil {
						t.Errorf("%s: it can still send", name)
					}
					return produced
				},
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			var sent []string
			err := run.Produce(ctx, func(p []byte) error { sent = append(sent, string(p)); cancel(cause); return nil })
			if err == nil || len(sent) != 1 {
				t.Fatalf("%s: got %v, sent %v", name, err, sent)
			}
			line := book.lines(t)[1]
			if got := fmt.Sprintf("%s, %d, %s", err.Message, err.HTTPStatus(), line["level"]); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
			if errors.Is(err, action.ErrStopping) != (cause != nil) {
				t.Errorf("%s: the cause is lost: %v", name, err)
			}
		}
	}
}

// TestSendThatFails: the producer's context ends, and nothing follows.
func TestSendThatFails(t *testing.T) {
	gone := errors.New("broken pipe")
	_, run := stream(t, action.Options{}, &pieces{produce: func(ctx context.Context, send func([]byte) error) error {
		if err := send([]byte("a")); !errors.Is(err, gone) {
			t.Errorf("send returned %v", err)
		}
		<-ctx.Done()
		if err := send([]byte("b")); !errors.Is(err, gone) {
			t.Errorf("then it returned %v", err)
		}
		return ctx.Err()
	}})
	calls := 0
	err := run.Produce(t.Context(), func([]byte) error { calls++; return gone })
	if calls != 1 || err == nil || err.HTTPStatus() != 499 || !errors.Is(err, gone) {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// TestSendIsSafe: for concurrent use, and for goroutines that a producer has
// left behind.
func TestSendIsSafe(t *testing.T) {
	var left sync.WaitGroup
	over := make(chan struct{})
	_, run := stream(t, action.Options{}, &pieces{produce: func(_ context.Context, send func([]byte) error) error {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 100 {
					_ = send([]byte("x"))
				}
			})
		}
		left.Go(func() {
			<-over
			if send([]byte("y")) == nil {
				t.Error("a piece was sent after the end")
			}
		})
		all.Wait()
		return nil
	}})
	sent := 0 // not guarded: the race detector is the judge
	if err := run.Produce(t.Context(), func([]byte) error { sent++; return nil }); err != nil || sent != 800 {
		t.Errorf("sent %d, %v", sent, err)
	}
	close(over)
	left.Wait()
}

func TestWaitCountsStreams(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	r, run := stream(t, action.Options{}, &pieces{produce: func(context.Context, func([]byte) error) error {
		close(begun)
		<-end
		return nil
	}})
	done := make(chan *fault.Error)
	go func() { done <- run.Produce(t.Context(), func([]byte) error { return nil }) }()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := r.Wait(ctx); err == nil || !strings.Contains(err.Error(), "test") {
		t.Errorf("got %v", err)
	}
	close(end)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := r.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}
