package fault

import (
	"encoding/json"
	"fmt"
	"time"
)

// payload is the error object of the wire.
type payload struct {
	Message   string       `json:"message"`
	Type      Type         `json:"type"`
	Timestamp int64        `json:"timestamp"` // milliseconds since 1970
	Key       string       `json:"key,omitempty"`
	Value     any          `json:"value,omitempty"`
	Errors    []FieldError `json:"errors,omitempty"`
	Details   any          `json:"details,omitempty"`
	Stack     string       `json:"stack,omitempty"`
}

// AppendJSON appends the error as clients see it, an object of JSON, to b. It
// includes the stack where stack is set. Values and details that cannot be
// encoded are left out.
func (e *Error) AppendJSON(b []byte, stack bool) []byte {
	p := payload{
		Message: e.Message, Type: e.Type, Timestamp: time.Now().UnixMilli(),
		Key: e.Key, Value: e.Value, Errors: e.Errors, Details: e.Details,
	}
	if stack {
		p.Stack = e.Stack()
	}
	encoded, err := p.encode()
	if err != nil { // the message says enough
		p.Value, p.Errors, p.Details = nil, nil, nil
		encoded, _ = p.encode()
	}
	return append(b, encoded...)
}

// encode survives a MarshalJSON of the app that panics.
func (p *payload) encode() (encoded []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return json.Marshal(p)
}

// Body returns the body that answers a failed request: {"error":{…}}, as
// [Error.AppendJSON] encodes it.
func (e *Error) Body(stack bool) []byte {
	return append(e.AppendJSON([]byte(`{"error":`), stack), '}')
}
