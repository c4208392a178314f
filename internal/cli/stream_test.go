package cli_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/cli"
	"github.com/keryx-go/keryx/stream"
)

// streaming is a command line with the action "stream".
func streaming(s action.Stream) cli.App {
	return app(func(r *action.Registry) {
		action.Handle(r, action.Action{Name: "stream"}, func(context.Context, struct{}) (action.Stream, error) { return s, nil })
	})
}

// TestStreams: all of it is one result.
func TestStreams(t *testing.T) {
	boom := errors.New("boom")
	for name, test := range map[string]struct {
		stream action.Stream
		code   int
		want   string
	}{
		"events": {stream.Events(func(_ context.Context, send *stream.Sender) error {
			return errors.Join(send.Send(stream.Event{Name: "counter", ID: "1", Data: map[string]int{"index": 1}}), send.Event("", "text"))
		}), 0, `[{"event":"counter","id":"1","data":{"index":1}},{"data":"text"}]`},
		"values": {stream.JSON(func(context.Context) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { _ = yield(1, nil) && yield(2, nil) }
		}), 0, `[1,2]`},
		"text":  {stream.Reader("text/csv", strings.NewReader("a,b\n")), 0, `"a,b\n"`},
		"bytes": {stream.Reader("", strings.NewReader("\xff")), 0, `"/w=="`},
		"JSON":  {stream.Reader("application/json", strings.NewReader(`{"a": 1}`)), 0, `{"a":1}`},
		"a failure": {stream.Chunks("", func(_ context.Context, w io.Writer) error {
			_, err := w.Write([]byte("half"))
			return errors.Join(err, boom)
		}), 1, `{"error":{"message":"boom","type":"CONNECTION_ACTION_RUN","timestamp":0}}`},
		"a panic": {stream.Events(func(context.Context, *stream.Sender) error { panic("ouch") }), 1,
			`{"error":{"message":"panic: ouch","type":"CONNECTION_SERVER_ERROR","timestamp":0}}`},
	} {
		t.Run(name, func(t *testing.T) {
			execute(t, streaming(test.stream), "stream").is(t, test.code, test.want+"\n", "")
		})
	}
}

// TestInterruptedStream: a stream without end is ended by the keyboard.
func TestInterruptedStream(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	endless := stream.Events(func(ctx context.Context, send *stream.Sender) error {
		err := send.Event("tick", 1)
		interrupt()
		<-ctx.Done()
		return errors.Join(err, ctx.Err())
	})
	executeWith(ctx, streaming(endless), "stream").is(t, 1,
		`[{"event":"tick","data":1}]`+"\n", "interrupted: the result is incomplete\n")
}
