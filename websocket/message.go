package websocket

import (
	"errors"
	"fmt"
	"io"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/strictjson"
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
	id   []byte // the messageId as it was written; nil: none
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

// envelope is the text of a message, taken apart.
type envelope struct {
	kind, action, channel, params, id strictjson.Value
}

// member returns where the member of that name belongs; nil: nowhere.
func (e *envelope) member(key string) *strictjson.Value {
	switch key {
	case "messageType":
		return &e.kind
	case "action":
		return &e.action
	case "channel":
		return &e.channel
	case "params":
		return &e.params
	case "messageId":
		return &e.id
	}
	return nil
}

func (e *envelope) read(text []byte) error {
	object, err := strictjson.Parse(text)
	if err != nil {
		return err
	}
	return object.Members(func(key string, value strictjson.Value) error {
		switch to := e.member(key); {
		case to == nil:
		case *to != nil:
			return fmt.Errorf("the key %q occurs twice", key)
		default:
			*to = value
		}
		return nil
	})
}

// parse reads what the text asks for. What it can make out of a messageId it
// keeps also when it fails, for the answer.
func (m *message) parse() *action.Error {
	var e envelope
	if err := e.read(m.body.data); err != nil {
		return malformed("cannot parse message: " + err.Error())
	}
	m.id = e.id
	var err error
	switch kind, _ := e.kind.Text(); kind {
	case "action":
		m.kind = kindAction
		if m.name, err = text(e.action, "action"); err == nil {
			m.params, err = params(e.params)
		}
	case "subscribe":
		m.kind = kindSubscribe
		m.name, err = text(e.channel, "channel")
	case "unsubscribe":
		m.kind = kindUnsubscribe
		m.name, err = text(e.channel, "channel")
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

func text(value strictjson.Value, key string) (string, error) {
	s, ok := value.Text()
	if !ok {
		return "", errors.New(key + " has to be a string")
	}
	return s, nil
}

func params(value strictjson.Value) (action.Params, error) {
	if value == nil {
		return action.Params{}, nil
	}
	decoded, err := value.Decode()
	if err != nil {
		return nil, fmt.Errorf("cannot parse message: params: %w", err)
	}
	switch p := decoded.(type) {
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
