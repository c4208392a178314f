package channel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// unknownSender is the sender of a broadcast that names none.
const unknownSender = "unknown-sender"

// Message is a broadcast on its way to the subscribers of this node, who share
// it: it must not be changed.
type Message struct {
	// Channel is the name of the channel.
	Channel string
	// Sender is who sent it, as given to [Hub.Broadcast].
	Sender string
	// Payload is the message itself, as JSON.
	Payload json.RawMessage

	frame []byte
}

// Frame returns the text that clients are sent:
//
//	{"message":{"channel":"…","message":…,"sender":"…"}}
//
// It is encoded once for all subscribers of a node and must not be changed.
func (m *Message) Frame() []byte { return m.frame }

// envelope is what goes over Redis, and the inner part of the frame.
type envelope struct {
	Channel string          `json:"channel"`
	Message json.RawMessage `json:"message"`
	Sender  string          `json:"sender"`
}

// encode returns the envelope of a message as JSON.
func encode(name string, message any, sender string) ([]byte, error) {
	if sender == "" {
		sender = unknownSender
	}
	payload, err := marshal(message)
	if err != nil {
		return nil, fmt.Errorf("encode the message: %w", err)
	}
	return marshal(envelope{name, payload, sender})
}

// marshal is json.Marshal without the escapes that only HTML needs.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// decode reads an envelope that has come in for the channel name.
func decode(name string, data []byte) (*Message, error) {
	var e envelope
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, err
	}
	if e.Channel != name || e.Message == nil || e.Sender == "" {
		return nil, errors.New(`want {"channel","message","sender"} with the name of this channel`)
	}
	inner, err := marshal(e)
	if err != nil {
		return nil, err
	}
	frame := make([]byte, 0, len(`{"message":}`)+len(inner))
	frame = append(frame, `{"message":`...)
	frame = append(frame, inner...)
	frame = append(frame, '}')
	return &Message{Channel: name, Sender: e.Sender, Payload: e.Message, frame: frame}, nil
}
