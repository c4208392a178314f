// Package stream has the results of actions that are sent piece by piece, as
// they are made: [Events] for server-sent events, [Chunks] and [Reader] for a
// body of any type, [JSON] for a value a line.
//
//	func progress(ctx context.Context, in Input) (*stream.EventStream, error) {
//		return stream.Events(func(ctx context.Context, send *stream.Sender) error {
//			for i := range in.Steps {
//				if err := send.Event("progress", map[string]int{"step": i}); err != nil {
//					return err
//				}
//			}
//			return nil
//		}), nil
//	}
//
// The action returns at once, and its middleware with it. The function runs
// afterwards, outside the action's timeout, until it returns or its context
// ends. That is its own, and carries the caller's connection and session; the
// one of the action has ended by then, and so has a transaction that was open.
package stream

import (
	"cmp"
	"context"
	"time"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

// DefaultHeartbeat is the default of [EventStream.Heartbeat].
const DefaultHeartbeat = 15 * time.Second

// EventStream is a stream of server-sent events, text/event-stream.
//
// Over HTTP it is what a browser's EventSource reads; over a WebSocket each
// event is a chunk, in the same form; on the command line the events are
// collected into a list. When its function fails, the last event is called
// "error" and has the JSON body of a failed request as its data.
type EventStream struct {
	// Heartbeat is how long nothing is sent over HTTP before a comment is,
	// which keeps proxies from closing the connection and finds out that a
	// client is gone. Clients do not see it. 0 means [DefaultHeartbeat], less
	// means never.
	Heartbeat time.Duration
	// Retry is how long a browser waits before it connects again when the
	// stream has ended, in whatever way. 0 leaves that to the browser.
	Retry time.Duration

	produce func(context.Context, *Sender) error
}

var _ action.Stream = (*EventStream)(nil)

// Events returns a stream of the events that produce sends. It fails when
// produce returns an error.
func Events(produce func(ctx context.Context, send *Sender) error) *EventStream {
	return &EventStream{produce: produce}
}

// ContentType returns "text/event-stream".
func (s *EventStream) ContentType() string { return "text/event-stream" }

// Produce sends each event as a piece.
func (s *EventStream) Produce(ctx context.Context, send func([]byte) error) error {
	f := &framer{send: send}
	if connection.From(ctx).Transport == connection.Web {
		f.every, f.retry = cmp.Or(s.Heartbeat, DefaultHeartbeat), s.Retry
	}
	if err := f.open(); err != nil {
		return err
	}
	defer f.close()
	return s.produce(ctx, &Sender{emit: f.event})
}

// Failure returns the event "error" with body as its data.
func (s *EventStream) Failure(body []byte) []byte {
	return appendFrame(nil, "error", "", string(body))
}

// Collect returns the events as an []Event.
func (s *EventStream) Collect(ctx context.Context) (any, error) {
	c := &collector{events: []Event{}}
	err := s.produce(ctx, &Sender{emit: c.event})
	return c.take(), err
}

// LastEventID returns the id of the last event that a browser got before its
// connection broke, or "". It is sent by the client: check it like any input.
func LastEventID(ctx context.Context) string {
	c := connection.From(ctx)
	if c.Transport != connection.Web { // the header of a WebSocket is that of all its messages
		return ""
	}
	return c.Header.Get("Last-Event-ID")
}
