package websocket

import (
	"context"
	"encoding/base64"
	"unicode/utf8"

	"github.com/keryx-go/keryx/action"
)

// act runs an action and answers with its outcome.
func (k *socket) act(m *message) {
	defer k.answered()
	entry := k.server.options.Actions.Find(m.name)
	if entry == nil {
		k.replyError(m, action.NotFound(m.name))
		return
	}
	ctx := k.server.options.Attach(k.ctx)
	entry.ServeTo(ctx, m.params, func(o action.Outcome) {
		switch {
		case o.Err != nil:
			k.replyError(m, o.Err)
		case o.Response.Stream != nil:
			k.stream(ctx, m, o.Response.Stream)
		default:
			_ = k.replyJSON(m, "response", o.Response.JSON) // an error means that the client is gone
		}
	})
}

// stream sends the pieces of a result as they are made.
func (k *socket) stream(ctx context.Context, m *message, run *action.StreamRun) {
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
	if err != nil {
		k.replyError(m, err)
	}
	_ = k.replyJSON(m, "streaming", []byte("false"))
}
