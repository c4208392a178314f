package channel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// unknownSender is the sender of a broadcast that names none.
const unknownSender = "unknown-sender"

// Message is a broadcast on its way to the subscribers of this node, which share
// it: it must not be changed.
type Message struct {
	// Channel is the name of the channel.
	Channel string
	// Sender is the sender as given to [Hub.Broadcast].
	Sender string
	// Payload is the message itself, as JSON.
	Payload json.RawMessage
	// Position is the place of the message in the channel's history. It is "" for
	// messages that are not kept: those of a channel without one, joins and leaves,
	// and those of [Hub.Notify].
	Position string

	before string // the position of the message before this one
	event  *event // a join or a leave; nil for others
	frame  []byte
}

// Frame returns the text that clients are sent:
//
//	{"message":{"channel":"…","message":…,"sender":"…"}}
//
// and with "position" after the sender if the message has one.
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

var errNotUTF8 = errors.New("it is not UTF-8")

// decode reads an envelope that has come in for the channel name, of a message with a
// position or without.
func decode(name string, data []byte, position string) (*Message, error) {
	if !utf8.Valid(data) { // which no client would take
		return nil, errNotUTF8
	}
	if m := decodeOurs(name, data, position); m != nil {
		return m, nil
	}
	return decodeForeign(name, data, position)
}

// decodeForeign reads an envelope that another program has written.
func decodeForeign(name string, data []byte, position string) (*Message, error) {
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
	return newMessage(name, e.Sender, e.Message, inner, position), nil
}

// newMessage returns the message of an envelope.
func newMessage(name, sender string, payload json.RawMessage, envelope []byte, position string) *Message {
	const key = `,"position":"`
	size := len(`{"message":}`) + len(envelope)
	if position != "" {
		size += len(key) + len(position) + len(`"`)
	}
	frame := make([]byte, 0, size)
	frame = append(frame, `{"message":`...)
	if position == "" {
		frame = append(frame, envelope...)
	} else {
		end := len(envelope) - 1
		frame = append(append(append(append(frame, envelope[:end]...), key...), position...), `"}`...)
	}
	frame = append(frame, '}')
	return &Message{Channel: name, Sender: sender, Payload: payload, Position: position, frame: frame}
}

// decodeOurs reads an envelope as [encode] writes it, most of which goes on as it
// is. It returns nil for others, among them those with a sender that has escapes.
func decodeOurs(name string, data []byte, position string) *Message {
	rest, ours := bytes.CutPrefix(data, []byte(`{"channel":"`))
	if ours {
		rest, ours = bytes.CutPrefix(rest, []byte(name))
	}
	if ours {
		rest, ours = bytes.CutPrefix(rest, []byte(`","message":`))
	}
	if ours {
		rest, ours = bytes.CutSuffix(rest, []byte(`"}`))
	}
	between := []byte(`,"sender":"`)
	at := bytes.LastIndex(rest, between)
	if !ours || at < 0 {
		return nil
	}
	payload, sender := rest[:at], rest[at+len(between):]
	if len(sender) == 0 || bytes.ContainsFunc(sender, needsEscape) || !json.Valid(payload) {
		return nil
	}
	return newMessage(name, string(sender), payload, data, position)
}

func needsEscape(c rune) bool { return c < ' ' || c == '"' || c == '\\' }
