package fault

import "strings"

// FieldError says what is wrong with one parameter.
type FieldError struct {
	// Message is for the client.
	Message string `json:"message"`
	// Key is the parameter's name, with the path to it when it is nested:
	// "email", "address.street", "items[0].name".
	Key string `json:"key,omitempty"`
	// Value is the value that was sent: "[[secret]]" for a secret, nil when
	// nothing was sent or when it is too large to repeat.
	Value any `json:"value,omitempty"`
}

// Error returns the message, after the key unless the message names it.
func (e FieldError) Error() string {
	if e.Key == "" || strings.HasPrefix(e.Message, e.Key+" ") || strings.HasSuffix(e.Message, ": "+e.Key) {
		return e.Message
	}
	return e.Key + ": " + e.Message
}

// FieldErrors are the parameters that failed, in the order of the input's fields.
type FieldErrors []FieldError

func (e FieldErrors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "; ")
}
