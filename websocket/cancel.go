package websocket

import (
	"bytes"
	"context"
	"fmt"

	"github.com/keryx-go/keryx/fault"
)

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
