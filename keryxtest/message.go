package keryxtest

import (
	"encoding/json"
	"testing"

	"github.com/keryx-go/keryx"
)

// Message is a message that a [Socket] has received: a reply, or a broadcast.
type Message struct {
	// Raw is the message as it came.
	Raw string
	// ID is the messageId of what the message replies to, and "" for other messages.
	ID string
	// Result is the result of an action, and nil unless the message is one.
	Result json.RawMessage
	// Err is the error that the message reports, or nil.
	Err *keryx.Error
	// Subscribed and Unsubscribed are the channel whose subscription has begun or ended.
	Subscribed, Unsubscribed string
	// Streaming reports that Chunk is a piece of a stream; the reply that ends the stream
	// has neither.
	Streaming bool
	Chunk     string
	// Broadcast is the channel of a broadcast, and "" for other messages. Sender and
	// Payload are the broadcast's.
	Broadcast string
	Sender    string
	Payload   json.RawMessage

	socket *Socket
	number int // of the messages that the socket has received
}

// String returns the message as it came.
func (m Message) String() string { return m.Raw }

// Decode reads the result of an action, or the payload of a broadcast, into a value. It
// ends the test when the message is an error, or not such JSON. [Decode] returns the
// value.
func (m Message) Decode(into any) {
	tb := m.test()
	tb.Helper()
	from := m.Result
	if m.Broadcast != "" {
		from = m.Payload
	}
	if from == nil {
		tb.Fatalf("want a result or a broadcast: %s", m)
	}
	if err := json.Unmarshal(from, into); err != nil {
		tb.Fatalf("the message is not a %T: %v: %s", into, err, m)
	}
}

// Error ends the test unless the message reports an error of the type, which it
// returns: see [Response.Error]. Its Status is 0.
func (m Message) Error(typ keryx.ErrorType) *keryx.Error {
	tb := m.test()
	tb.Helper()
	if m.Err == nil || m.Err.Type != typ {
		tb.Fatalf("want the error %s: %s", typ, m)
	}
	return m.Err
}

// overLimit reports whether m says that a message was dropped because there were too many
// of them. It does not say which.
func (m Message) overLimit() bool {
	return m.ID == "" && m.Broadcast == "" && m.Err != nil && m.Err.Type == keryx.ConnectionRateLimited
}

func (m Message) test() testing.TB { return m.socket.tb }

// parse reads a message.
func parse(raw []byte) (Message, error) {
	var wire struct {
		MessageID    json.RawMessage
		Response     json.RawMessage
		Error        *payload
		Subscribed   struct{ Channel string }
		Unsubscribed struct{ Channel string }
		Streaming    bool
		Chunk        string
		Message      struct {
			Channel, Sender string
			Message         json.RawMessage
		}
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return Message{}, err
	}
	m := Message{
		Raw: string(raw), ID: string(wire.MessageID), Result: wire.Response,
		Subscribed: wire.Subscribed.Channel, Unsubscribed: wire.Unsubscribed.Channel,
		Streaming: wire.Streaming, Chunk: wire.Chunk,
		Broadcast: wire.Message.Channel, Sender: wire.Message.Sender, Payload: wire.Message.Message,
	}
	_ = json.Unmarshal(wire.MessageID, &m.ID) // an id that is no string stays as it is
	if wire.Error != nil {
		m.Err = wire.Error.fault()
	}
	return m, nil
}
