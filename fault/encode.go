package fault

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// payload is the error object of the wire.
type payload struct {
	Message string `json:"message"`
	Type    Type   `json:"type"`
	members
}

// members are what the error object of the wire and a problem of RFC 9457 share.
type members struct {
	Timestamp int64        `json:"timestamp"` // milliseconds since 1970
	Key       string       `json:"key,omitempty"`
	Value     any          `json:"value,omitempty"`
	Errors    []FieldError `json:"errors,omitempty"`
	Details   any          `json:"details,omitempty"`
	Stack     string       `json:"stack,omitempty"`
}

// encode returns the JSON of v, whose members are m. It leaves out values and details
// that cannot be encoded: the message says enough.
func encode(v any, m *members) []byte {
	encoded, err := tryEncode(v)
	if err != nil {
		m.Value, m.Errors, m.Details = nil, nil, nil
		encoded, _ = tryEncode(v)
	}
	return encoded
}

// tryEncode survives a MarshalJSON of the app that panics.
func tryEncode(v any) (encoded []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // a message is for people, and its type is not HTML
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}
