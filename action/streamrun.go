package action

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/keryx-go/keryx/fault"
)

// run runs work in a goroutine of its own, which a Goexit ends without taking
// the transport's with it, and logs what came of it.
func (s *StreamRun) run(ctx context.Context, out *outlet, work work) (any, *fault.Error) {
	type outcome struct {
		result any
		err    *fault.Error
	}
	start := time.Now()
	s.entry.running.Add(1)
	defer s.entry.running.Add(-1)
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	out.ctx, out.cancel = inner, cancel
	done := make(chan outcome, 1)
	go func() {
		result, err := s.entry.protect(inner, func(ctx context.Context) (any, error) {
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
		return s.entry.failed(ctx, ctx.Err())
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
	s.entry.logLine(ctx, "stream", s.params, start, err, sent...)
}

// outlet passes the pieces of a stream to send. A stream that is collected has none.
type outlet struct {
	send   func([]byte) error
	ctx    context.Context // the producer's
	cancel func()

	mu            sync.Mutex
	over          bool
	opened        bool
	broken        error
	pieces, bytes int64
}

var errOver = errors.New("the stream is over")

// piece sends one, unless the stream is over, broken or cancelled.
func (o *outlet) piece(p []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.over:
		return errOver
	case o.broken != nil:
		return o.broken
	case o.ctx.Err() != nil:
		return o.ctx.Err()
	}
	if o.broken = o.send(p); o.broken != nil {
		o.cancel() // a producer that waits for something else will not ask
		return o.broken
	}
	o.opened = true
	if len(p) > 0 {
		o.pieces++
		o.bytes += int64(len(p))
	}
	return nil
}

// close ends sending, and returns the error of a send that failed, if any.
func (o *outlet) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	return o.broken
}

// tell sends the piece for a failure, if there is one.
func (o *outlet) tell(s *StreamRun, err *fault.Error) bool {
	if !o.opened {
		return false
	}
	piece := s.stream.Failure(err.Body(s.IncludeStack))
	return piece != nil && o.send(piece) == nil
}
