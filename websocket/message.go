package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/strictjson"
)

// kind is the kind of a message.
type kind uint8

const (
	kindAction kind = iota
	kindSubscribe
	kindUnsubscribe
	kindCancel
)

// message is a message of a client.
type message struct {
	body *buffer
	kind kind
	name string // of the action or the channel
	// position is where the client wants to go on in the channel. Without resumes there is none.
	position string
	resumes  bool
	id       []byte // the messageId as it was written; nil: none
	// params are the parameters of the action, as the client has written them.
	params   strictjson.Value
	reserved int // of the budget for the reply, in bytes, while an action makes it
	// before is closed when the previous change of the same subscription is done, and
	// after when this one is. Nil: there is no previous change, or this message is
	// none.
	before, after chan struct{}

	// The following is guarded by the lock of pending.
	prev, next *message                // in the list of pending
	cancelled  bool                    // the client does not want the stream any more
	ended      bool                    // the stream is over: only its last answer is to come
	stop       context.CancelCauseFunc // ends the stream; nil while there is none
}

func newMessage() *message { return &message{body: newBuffer()} }

// free returns the memory of the message to the pool.
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

// envelope is the parsed text of a message.
type envelope struct {
	kind, action, channel, after, params, id strictjson.Value
}

// member returns the place of the member of that name, or nil.
func (e *envelope) member(key string) *strictjson.Value {
	switch key {
	case "messageType":
		return &e.kind
	case "action":
		return &e.action
	case "channel":
		return &e.channel
	case "after":
		return &e.after
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

// parse parses the text. When it fails it keeps the messageId, if it could read it, for
// the reply.
func (m *message) parse() *fault.Error {
	var e envelope
	if err := e.read(m.body.data); err != nil {
		return malformed("cannot parse message: " + err.Error())
	}
	m.id = e.id
	var err error
	switch kind, _ := e.kind.Text(); kind {
	case "action":
		m.kind = kindAction
		m.name, err = text(e.action, "action")
		m.params = e.params
	case "subscribe":
		m.kind = kindSubscribe
		if m.name, err = text(e.channel, "channel"); err == nil && e.after != nil && string(e.after) != "null" {
			m.position, err = text(e.after, "after")
			m.resumes = true
		}
	case "unsubscribe":
		m.kind = kindUnsubscribe
		m.name, err = text(e.channel, "channel")
	case "cancel":
		m.kind = kindCancel
		if m.id == nil {
			err = errors.New("messageId has to be that of the stream to cancel")
		}
	default:
		err = errors.New(`messageType has to be "action", "subscribe", "unsubscribe" or "cancel"`)
	}
	if err != nil {
		return malformed(err.Error())
	}
	return nil
}

func malformed(message string) *fault.Error {
	return &fault.Error{Type: fault.ConnectionTypeNotFound, Message: message}
}

func text(value strictjson.Value, key string) (string, error) {
	s, ok := value.Text()
	if !ok {
		return "", errors.New(key + " has to be a string")
	}
	return s, nil
}

// decodeParams decodes the parameters just before the action runs: a message that waits
// keeps only its text.
func (m *message) decodeParams() (action.Params, *fault.Error) {
	if m.params == nil {
		return action.Params{}, nil
	}
	decoded, err := m.params.Decode()
	if err != nil {
		return nil, malformed("cannot parse message: params: " + err.Error())
	}
	switch p := decoded.(type) {
	case nil:
		return action.Params{}, nil
	case map[string]any:
		return p, nil
	}
	return nil, malformed("params has to be an object")
}

// awaitTurn waits until the previous change of a subscription is done, so that changes
// happen in the order in which the client has sent them. It returns early when ctx ends.
func (m *message) awaitTurn(ctx context.Context) {
	if m.before == nil {
		return
	}
	select {
	case <-m.before:
	case <-ctx.Done():
	}
}

// endTurn allows the next change of a subscription.
func (m *message) endTurn() {
	if m.after != nil {
		close(m.after)
		m.after = nil
	}
}
