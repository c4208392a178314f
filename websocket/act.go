package websocket

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
)

// act runs an action and replies with its outcome. It reports whether that is a stream,
// which then runs in a goroutine of its own and owns the message. An action that
// sockets do not reach gets the reply of one that does not exist, so that clients
// cannot find out its name.
func (k *socket) act(m *message) (streams bool) {
	defer func() {
		if !streams {
			k.answered(m)
		}
	}()
	entry := k.server.options.Actions.Find(m.name)
	if entry == nil || !entry.Reachable(connection.WebSocket) {
		k.replyError(m, action.NotFound(m.name))
		return false
	}
	params, err := m.decodeParams()
	if err != nil {
		k.replyError(m, err)
		return false
	}
	ctx := k.server.options.Attach(k.ctx)
	entry.ServeTo(ctx, params, func(o action.Outcome) {
		switch {
		case o.Err != nil:
			k.replyError(m, o.Err)
		case o.Response.Stream != nil:
			streams = true
			k.spawn(func() { k.stream(ctx, m, o.Response.Stream) })
		default:
			_ = k.replyJSON(m, "response", o.Response.JSON) // an error means that the client is gone
		}
	})
	return streams
}

// stream sends the pieces of a result as they are made.
func (k *socket) stream(ctx context.Context, m *message, run *action.StreamRun) {
	defer m.free()
	defer k.answered(m)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cancelled, refused := k.beginStream(m, stop)
	switch {
	case refused != nil:
		stop(refused)
	case cancelled:
		stop(errCancelled)
	}
	run.IncludeStack = k.server.options.IncludeStack
	err := run.Produce(ctx, func(piece []byte) error {
		if len(piece) == 0 {
			return nil
		}
		if !utf8.Valid(piece) {
			piece = base64.StdEncoding.AppendEncode(nil, piece)
		}
		return k.replyChunk(m, piece)
	})
	if refused == nil {
		cancelled = k.endStream(m)
	}
	if err != nil && !cancelled {
		k.replyError(m, err)
	}
	_ = k.replyJSON(m, "streaming", []byte("false"))
}

// errCancelled is the cause of a stream that its client has cancelled.
var errCancelled = &fault.Error{
	Type: fault.ConnectionActionRun, Message: "The client has cancelled the stream", Status: 499,
}

// cancelStream ends the streams whose action was called with the messageId of m,
// now or as soon as they begin. An action that returns no stream is not ended.
func (k *socket) cancelStream(m *message) *fault.Error {
	var stops []context.CancelCauseFunc
	found := false
	k.mu.Lock()
	for call := k.calls.first; call != nil; call = call.next {
		if call.kind != kindAction || call.ended || !bytes.Equal(call.id, m.id) {
			continue
		}
		found = true
		call.cancelled = true
		if call.stop != nil {
			stops = append(stops, call.stop)
		}
	}
	k.mu.Unlock()
	for _, stop := range stops {
		stop(errCancelled)
	}
	if !found {
		return malformed(fmt.Sprintf("no action with the messageId %s is under way", m.id))
	}
	return nil
}

// beginStream counts a stream, and reports whether the client has cancelled it
// already. Its error is that there are too many.
func (k *socket) beginStream(m *message, stop context.CancelCauseFunc) (cancelled bool, err *fault.Error) {
	limit := k.server.options.Config.MaxStreams
	k.mu.Lock()
	defer k.mu.Unlock()
	if limit > 0 && k.streams >= limit {
		return false, &fault.Error{
			Type: fault.ConnectionRateLimited, Message: fmt.Sprintf("Too many streams (max %d)", limit),
		}
	}
	k.streams++
	m.stop = stop
	return m.cancelled, nil
}

// endStream undoes beginStream. It reports whether the client has cancelled the stream.
func (k *socket) endStream(m *message) (cancelled bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.streams--
	m.stop, m.ended = nil, true
	return m.cancelled
}
