package keryxtest

import "github.com/keryx-go/keryx"

// payload is an error on the wire.
type payload struct {
	Type    keryx.ErrorType
	Message string
	Key     string
	Value   any
	Errors  []keryx.FieldError
	Details any
}

func (p *payload) fault() *keryx.Error {
	return &keryx.Error{Type: p.Type, Message: p.Message, Key: p.Key, Value: p.Value, Errors: p.Errors, Details: p.Details}
}
