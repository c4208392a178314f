package action

import (
	"context"
	"errors"
	"sync"

	"github.com/keryx-go/keryx/fault"
)

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
