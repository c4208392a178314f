package websocket

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/action/input"
)

// kind says what a message asks for.
type kind uint8

const (
	kindAction kind = iota
	kindSubscribe
	kindUnsubscribe
)

// message is one that a client has sent.
type message struct {
	body *buffer
	kind kind
	name string // of the action or the channel
	id   []byte // the JSON of the messageId; nil: none
	// params are the action's.
	params action.Params
	// before is closed when the change of a subscription that came before is
	// done, and after when this one is. Nil: nothing to wait for, nobody waits.
	before, after chan struct{}
}

func newMessage() *message { return &message{body: newBuffer()} }

// free gives the memory of the message back.
func (m *message) free() {
	m.body.free()
	m.body = nil
}

// readFrom reads the message's text.
func (m *message) readFrom(r io.Reader) error {
	for {
		if len(m.body.data) == cap(m.body.data) {
			m.body.data = append(m.body.data, 0)[:len(m.body.data)]
		}
		n, err := r.Read(m.body.data[len(m.body.data):cap(m.body.data)])
		m.body.data = m.body.data[:len(m.body.data)+n]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// parse reads what the text asks for. What it can make out of a messageId it
// keeps also when it fails, for the answer.
func (m *message) parse() *action.Error {
	object, err := input.ParseObject(m.body.data)
	if err != nil {
		return malformed("cannot parse message: " + err.Error())
	}
	if id, ok := object["messageId"]; ok {
		if m.id, err = json.Marshal(id); err != nil {
			return malformed("cannot parse message: messageId: " + err.Error())
		}
	}
	switch object["messageType"] {
	case "action":
		m.kind = kindAction
		if m.name, err = text(object, "action"); err == nil {
			m.params, err = params(object)
		}
	case "subscribe", "unsubscribe":
		if m.kind = kindSubscribe; object["messageType"] == "unsubscribe" {
			m.kind = kindUnsubscribe
		}
		m.name, err = text(object, "channel")
	default:
		err = errors.New(`messageType has to be "action", "subscribe" or "unsubscribe"`)
	}
	if err != nil {
		return malformed(err.Error())
	}
	return nil
}

func malformed(message string) *action.Error {
	return &action.Error{Type: action.ConnectionTypeNotFound, Message: message}
}

func text(object map[string]any, key string) (string, error) {
	s, ok := object[key].(string)
	if !ok {
		return "", errors.New(key + " has to be a string")
	}
	return s, nil
}

func params(object map[string]any) (action.Params, error) {
	switch p := object["params"].(type) {
	case nil:
		return action.Params{}, nil
	case map[string]any:
		return p, nil
	}
	return nil, errors.New("params has to be an object")
}

// pass lets the next change of a subscription go on.
func (m *message) pass() {
	if m.after != nil {
		close(m.after)
		m.after = nil
	}
}
