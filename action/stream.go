package action

import "context"

// Stream is a result that is sent piece by piece, as it is made; package
// stream has the usual ones. The action returns it at once, and the transport
// runs it, in the goroutine that ran the action and outside the action's
// timeout: over HTTP the pieces are the body, over a WebSocket a message each,
// and where only one answer is possible they are collected.
type Stream interface {
	// ContentType is that of the pieces together.
	ContentType() string

	// Produce makes the pieces and hands each to send. It returns when all are
	// sent, when ctx has ended because the client is gone or the server stops,
	// or when send fails, whose error it returns. A piece is not used by send
	// after it has returned.
	Produce(ctx context.Context, send func(piece []byte) error) error

	// Collect makes all of it and returns it as one value to encode as JSON.
	Collect(ctx context.Context) (any, error)
}
