package fault

import (
	"encoding/json"
	"fmt"
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

// encode survives a MarshalJSON of the app that panics.
func (p *payload) encode() (encoded []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return json.Marshal(p)
}
