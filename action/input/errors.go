package input

import (
	"encoding/json"
	"strings"
	"time"
)

// Redacted stands in logs and errors for the value of a secret field.
const Redacted = "[[secret]]"

// FieldError says what is wrong with one parameter.
type FieldError struct {
	// Message is for the client.
	Message string `json:"message"`
	// Key is the parameter's name, with the path to it when it is nested:
	// "email", "address.street", "items[0].name".
	Key string `json:"key,omitempty"`
	// Value is what was sent, [Redacted] for a secret, nil when nothing was
	// sent or when it is too large to repeat.
	Value any `json:"value,omitempty"`
}

func (e FieldError) Error() string {
	if e.Key == "" {
		return e.Message
	}
	return e.Key + ": " + e.Message
}

// Errors are the parameters that failed, in the order of the input's fields.
type Errors []FieldError

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "; ")
}

// maxEcho bounds, in bytes, the part of a bad value that is sent back.
const maxEcho = 1000

// cut shortens what a client sent to what is sent back of it.
func cut(s string) string {
	if len(s) <= maxEcho {
		return s
	}
	return strings.ToValidUTF8(s[:maxEcho], "") + "…"
}

// echo is the value of a failed parameter as the client gets it back.
func echo(raw any) any {
	switch v := raw.(type) {
	case Text:
		if len(v) == 1 {
			return echo(v[0])
		}
		return echo([]string(v))
	case string:
		return cut(v)
	case File:
		return v.Name
	case time.Duration:
		return v.String()
	case bool, int64, nil:
		return v
	}
	if encoded, err := json.Marshal(raw); err != nil || len(encoded) > maxEcho {
		return nil
	}
	return raw
}
