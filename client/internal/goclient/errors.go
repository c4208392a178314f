//lint:file-ignore U1000 The clients use it.

package goclient

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Error is an error of the app, or an answer that is not one of the app. Look for it with
// errors.As. An error of the network is another one.
type Error struct {
	// Type is that of the wire, such as CONNECTION_ACTION_PARAM_VALIDATION. Empty: the
	// answer came from elsewhere, such as a proxy.
	Type string
	// Message is for people.
	Message string
	// Key and Value are the parameter that is to blame, if one is.
	Key   string
	Value any
	// Fields are all parameters that are wrong.
	Fields []FieldError
	// Details are what the app says beyond the message, as JSON.
	Details json.RawMessage
	// Status is the HTTP status. A stream that fails after it has begun has none.
	Status int
	// RetryAfter is how long to wait before another try, if the server says so.
	RetryAfter time.Duration
}

// Error returns the type and the message.
func (e *Error) Error() string {
	if e.Type == "" {
		return e.Message
	}
	return e.Type + ": " + e.Message
}

// FieldError is what is wrong with one parameter.
type FieldError struct {
	Message string `json:"message"`
	Key     string `json:"key"`
	Value   any    `json:"value"`
}

// errorIn returns the error that a body has, or nil.
func errorIn(body []byte) *Error {
	var found struct {
		Error *struct {
			Type, Message, Key string
			Value              any
			Errors             []FieldError
			Details            json.RawMessage
		}
	}
	if json.Unmarshal(body, &found) != nil || found.Error == nil || found.Error.Type == "" {
		return nil
	}
	e := found.Error
	return &Error{Type: e.Type, Message: e.Message, Key: e.Key, Value: e.Value, Fields: e.Errors, Details: e.Details}
}

func retryAfter(text string) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
