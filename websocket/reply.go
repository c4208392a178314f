package websocket

import (
	"encoding/json"
	"strconv"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/fault"
)

// beginReply begins a reply to m, up to the value of key.
func beginReply(m *message, key string) *buffer {
	b := newBuffer()
	b.data = append(b.data, '{')
	if m.id != nil {
		b.data = append(append(append(b.data, `"messageId":`...), m.id...), ',')
	}
	b.data = append(append(append(b.data, '"'), key...), `":`...)
	return b
}

// valueReply returns a reply with a value that is JSON.
func valueReply(m *message, key string, value []byte) *buffer {
	b := beginReply(m, key)
	b.data = append(append(b.data, value...), '}')
	return b
}

// errorReply returns the reply to a message that has failed.
func errorReply(m *message, err *fault.Error, includeStack bool) *buffer {
	b := beginReply(m, "error")
	b.data = append(err.AppendJSON(b.data, includeStack), '}')
	return b
}

// channelReply returns the reply to a change of a subscription.
func channelReply(m *message, key string) *buffer {
	value := append([]byte(`{"channel":`), strconv.Quote(m.name)...) // a name that was accepted needs no other escapes
	return valueReply(m, key, append(value, '}'))
}

// subscribedReply returns the reply to a message that subscribes. It says where the
// subscription goes on if the channel has a history, and, to a client that has said where
// it was, whether it has got what it missed.
func subscribedReply(m *message, j *channel.Joined) *buffer {
	b := beginReply(m, "subscribed")
	b.data = strconv.AppendQuote(append(b.data, `{"channel":`...), m.name)
	if j.Position != "" {
		b.data = strconv.AppendQuote(append(b.data, `,"position":`...), j.Position)
	}
	if m.resumes && !j.Already {
		b.data = strconv.AppendBool(append(b.data, `,"recovered":`...), j.Recovered)
	}
	b.data = append(b.data, "}}"...)
	return b
}

// missedMessage returns a message of a channel that is sent like a reply.
func missedMessage(m *channel.Message) *buffer {
	b := newBuffer()
	b.data = append(b.data, m.Frame()...)
	return b
}

// chunkReply returns a piece of a stream.
func chunkReply(m *message, piece []byte) (*buffer, error) {
	chunk, err := json.Marshal(string(piece))
	if err != nil {
		return nil, err
	}
	b := beginReply(m, "streaming")
	b.data = append(append(append(b.data, `true,"chunk":`...), chunk...), '}')
	return b, nil
}

// endedNotice says that the client is no longer subscribed to a channel, and why.
func endedNotice(channel string, err *fault.Error, includeStack bool) *buffer {
	b := newBuffer()
	b.data = append(strconv.AppendQuote(append(b.data, `{"unsubscribed":{"channel":`...), channel), `},"error":`...)
	b.data = append(err.AppendJSON(b.data, includeStack), '}')
	return b
}
