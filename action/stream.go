package action

import (
	"context"
	"errors"
	"io"

	"github.com/keryx-go/keryx/fault"
)

// Stream is a result that is sent piece by piece, as it is made; package
// stream has the usual ones. The action returns it at once, and the transport
// runs it, outside the action's timeout: over HTTP the pieces are the body,
// over a WebSocket a message each, and where only one answer is possible they
// are collected. For Go code, [Registry.Act] returns the stream itself.
//
// A Stream that is an [io.Closer] is closed when it is over, and also when it
// is never run, because the client wants no body or is gone.
type Stream interface {
	// ContentType is that of the pieces together.
	ContentType() string

	// Produce makes the pieces and hands each to send, which is safe for
	// concurrent use and has no use for a piece after it has returned. An empty
	// piece opens the stream, so that the client knows that there is one.
	//
	// It returns when all are sent; when ctx has ended, because the client is
	// gone or, with [ErrStopping] as the cause, the server; or when send fails,
	// whose error it returns. The context of the action has ended by then:
	// what is made in Produce needs ctx.
	Produce(ctx context.Context, send func(piece []byte) error) error

	// Failure is the last piece of a stream that failed after it was opened.
	// body is the JSON that a failed request has as its body. Nil means that
	// pieces of this type cannot tell; then the connection is cut, so that no
	// half is taken for the whole.
	Failure(body []byte) []byte

	// Collect makes all of it and returns it as one value to encode as JSON.
	// When ctx ends it returns what there is, and an error.
	Collect(ctx context.Context) (any, error)
}

// ErrStopping is the cause of the end of a stream's context when the server
// stops.
var ErrStopping = errors.New("the server is shutting down")

// StreamRun is a [Stream] as transports run it: counted by [Registry.Wait]
// and, when it is over, logged in one line. What goes wrong in it comes back
// as an error, a panic and a [runtime.Goexit] too. One of Produce, Collect and
// Close is called, once.
type StreamRun struct {
	// IncludeStack adds the stack to the error that a client is sent.
	IncludeStack bool

	entry       *Entry
	stream      Stream
	contentType string
	params      Params
}

// ContentType is that of the pieces together.
func (s *StreamRun) ContentType() string { return s.contentType }

// Produce runs the stream. ctx is the one that [Entry.ServeTo] got, or derived
// from it. send sends a piece; an empty one only opens the stream. send is not
// called concurrently, and not any more when Produce has returned.
//
// A nil error means that the client has all of it, if only in the sense that
// the last piece told of a failure. With any other error the client has been
// told nothing: when nothing was sent the error can be, else the stream must
// end in a way that does not look like the end.
func (s *StreamRun) Produce(ctx context.Context, send func(piece []byte) error) *fault.Error {
	out := &outlet{send: send}
	_, err := s.run(ctx, out, func(ctx context.Context) (any, error) {
		return nil, s.stream.Produce(ctx, out.piece)
	})
	return err
}

// Collect runs the stream and returns all of it as JSON. When ctx has ended
// there is an error, and what has been collected until then, if anything.
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

// Close lets go of a stream that is not run.
func (s *StreamRun) Close() {
	if c, ok := s.stream.(io.Closer); ok {
		_ = c.Close() // an error would concern no one
	}
}

// discard releases a result that is no longer waited for.
func (e *Entry) discard(result any) {
	defer func() {
		if r := recover(); r != nil { // there is no run any more that could fail
			err := e.panicked(r)
			e.registry.options.Logger.Error("cannot close a stream", "name", e.Name, "error", err, "stack", err.Trace)
		}
	}()
	switch r := result.(type) {
	case *Response:
		if r.Stream != nil {
			r.Stream.Close()
		}
	case Stream:
		(&StreamRun{stream: r}).Close()
	}
}
