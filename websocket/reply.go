package websocket

import (
	"encoding/json"
	"strconv"

	"github.com/keryx-go/keryx/fault"
)

// reply begins a reply to m, up to the value of key.
func (m *message) reply(key string) *buffer {
	b := newBuffer()
	b.data = append(b.data, '{')
	if m.id != nil {
		b.data = append(append(append(b.data, `"messageId":`...), m.id...), ',')
	}
	b.data = append(append(append(b.data, '"'), key...), `":`...)
	return b
}

// replyJSON replies to m with a value that is JSON.
func (k *socket) replyJSON(m *message, key string, value []byte) error {
	return k.send(m.replyWith(key, value))
}

// replyWith returns a reply with a value that is JSON.
func (m *message) replyWith(key string, value []byte) *buffer {
	b := m.reply(key)
	b.data = append(append(b.data, value...), '}')
	return b
}

func (k *socket) replyError(m *message, err *fault.Error) {
	_ = k.send(k.encodeError(m, err)) // an error means that the client is gone
}

func (k *socket) encodeError(m *message, err *fault.Error) *buffer {
	b := m.reply("error")
	b.data = append(err.AppendJSON(b.data, k.server.options.IncludeStack), '}')
	return b
}

// replyChannel replies to a change of a subscription.
func (k *socket) replyChannel(m *message, key string) {
	value := append([]byte(`{"channel":`), strconv.Quote(m.name)...) // a name that was accepted needs no other escapes
	_ = k.replyJSON(m, key, append(value, '}'))
}

// replyChunk sends a piece of a stream.
func (k *socket) replyChunk(m *message, piece []byte) error {
	chunk, err := json.Marshal(string(piece))
	if err != nil {
		return err
	}
	b := m.reply("streaming")
	b.data = append(append(append(b.data, `true,"chunk":`...), chunk...), '}')
	return k.send(b)
}
