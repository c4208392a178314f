package websocket

import (
	"context"
	"encoding/base64"
	"unicode/utf8"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
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
