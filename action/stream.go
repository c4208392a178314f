package action

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/keryx-go/keryx/fault"
)

// Stream is a result that is sent piece by piece; package stream has the usual
// kinds. The action returns it, and the transport runs it afterwards, outside the
// action's timeout. Over HTTP the pieces are the body, and over a WebSocket each piece
// is a message; the command line collects them. [Registry.Act] returns the stream
// itself.
//
// A Stream that is an [io.Closer] is closed when it has ended, and also when it is
// not run because the client wants no body or has left.
type Stream interface {
	// ContentType is that of the pieces together.
	ContentType() string

	// Produce passes each piece to send, which is safe for concurrent use and does
	// not keep the piece. An empty piece opens the stream without sending anything.
	//
	// Produce returns when all pieces are sent, or when send fails, with its error.
	// It returns when ctx ends, because the client has left, or because the server
	// stops, with [ErrStopping] as the cause. Use ctx in Produce: the context of the
	// action has ended. ctx has the values of that one, also those that middleware put
	// there, such as the identity of the caller. A transaction has ended.
	Produce(ctx context.Context, send func(piece []byte) error) error

	// Failure returns the last piece of a stream that failed after it was opened.
	// body is the JSON body of a failed request. Nil means that a piece cannot
	// express a failure: then the connection is cut, so that the client does not
	// take a part for the whole.
	Failure(body []byte) []byte

	// Collect returns the whole stream as one value, to encode as JSON. When ctx
	// ends it returns the part that it has, and an error.
	Collect(ctx context.Context) (any, error)
}

// ErrStopping is the cause of a stream's context when the server stops.
var ErrStopping = errors.New("the server is shutting down")

// StreamRun runs a [Stream] for a transport. [Registry.Wait] counts it, and its end is
// logged in one line. It returns a panic and a [runtime.Goexit] as errors. The
// transport calls one of Produce, Collect and Close, once.
type StreamRun struct {
	// IncludeStack adds the stack to the error that a client is sent.
	IncludeStack bool

	entry       *Entry
	stream      Stream
	contentType string
	call        *Call
	values      context.Context // that of the action's function, or nil
}

// ContentType is that of the pieces together.
func (s *StreamRun) ContentType() string { return s.contentType }

// Produce runs the stream. ctx is that of [Entry.ServeTo], or derived from it. send
// sends a piece; an empty one only opens the stream. send is not called concurrently,
// nor after Produce has returned.
//
// A nil error means that the client has got everything, or a last piece that reports
// a failure. With any other error the client does not know of it: if nothing was sent,
// send the error; otherwise end the stream so that it does not look complete.
func (s *StreamRun) Produce(ctx context.Context, send func(piece []byte) error) *fault.Error {
	out := &outlet{send: send}
	_, err := s.run(ctx, out, func(ctx context.Context) (any, error) {
		return nil, s.stream.Produce(ctx, out.piece)
	})
	return err
}

// Collect runs the stream and returns all of it as JSON. When ctx ends it returns an
// error, and the part that it has, if any.
func (s *StreamRun) Collect(ctx context.Context) ([]byte, *fault.Error) {
	result, err := s.run(ctx, &outlet{}, func(ctx context.Context) (any, error) {
		value, err := s.stream.Collect(ctx)
		if err != nil && (ctx.Err() == nil || value == nil) {
			return nil, err
		}
		encoded, encodeErr := s.entry.encodeJSON(value)
		if encodeErr != nil {
			return nil, encodeErr
		}
		return &collected{encoded}, nil
	})
	if c, ok := result.(*collected); ok {
		return c.json, err
	}
	return nil, err
}

type collected struct{ json []byte }

// Close releases a stream that is not run.
func (s *StreamRun) Close() {
	if c, ok := s.stream.(io.Closer); ok {
		_ = c.Close() // an error would concern no one
	}
}

// run runs work in a goroutine of its own, which a Goexit ends without taking
// the transport's with it, and logs what came of it.
func (s *StreamRun) run(ctx context.Context, out *outlet, work work) (any, *fault.Error) {
	type outcome struct {
		result any
		err    *fault.Error
	}
	start := time.Now()
	s.entry.runner.running.Add(1)
	defer s.entry.runner.running.Add(-1)
	inner, cancel := context.WithCancel(withValues(ctx, s.values))
	defer cancel()
	out.ctx, out.cancel = inner, cancel
	done := make(chan outcome, 1)
	go func() {
		result, err := s.entry.runner.protect(inner, func(ctx context.Context) (any, error) {
			defer s.Close()
			return work(ctx)
		}, func(err *fault.Error) { done <- outcome{nil, err} })
		done <- outcome{result, err}
	}()
	o := <-done
	broken := out.close()
	err := s.ended(ctx, o.err, broken)
	s.log(ctx, out, start, err)
	if err != nil && ctx.Err() == nil && broken == nil && out.tell(s, err) {
		return nil, nil
	}
	return o.result, err
}

// ended returns why a stream has ended, or nil when it is complete. A stream that has
// lost its client is not complete, whatever it returns.
func (s *StreamRun) ended(ctx context.Context, err *fault.Error, broken error) *fault.Error {
	switch cause := context.Cause(ctx); {
	case err != nil && err.Trace != "":
		return err
	case errors.Is(cause, ErrStopping):
		return &fault.Error{Type: fault.ServerStop, Message: "The server is shutting down", Status: 503, Err: cause}
	case cause != nil:
		return s.entry.runner.failed(ctx, ctx.Err())
	case broken != nil:
		return &fault.Error{Type: fault.ConnectionActionRun, Message: "The caller went away", Status: 499, Err: broken}
	}
	return err
}

// log logs a stream that has ended, after the line of the action that returned it. A
// client that left, and a server that stops, are no errors.
func (s *StreamRun) log(ctx context.Context, out *outlet, start time.Time, err *fault.Error) {
	var sent []slog.Attr
	if out.send != nil {
		sent = []slog.Attr{slog.Int64("pieces", out.pieces), slog.Int64("bytes", out.bytes)}
	}
	s.entry.runner.log.line(ctx, "stream", s.call, start, err, sent...)
}
