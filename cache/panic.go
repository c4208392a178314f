package cache

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// PanicError is what callers that waited for a load get when it panicked or
// called [runtime.Goexit]. The call that ran the load panics or exits itself.
type PanicError struct {
	// Value is what load panicked with, nil for runtime.Goexit.
	Value any
	// Stack is the stack of the load, as [debug.Stack] formats it; nil for
	// runtime.Goexit.
	Stack []byte
}

// newPanicError is for the function that recovered value, nil for Goexit.
func newPanicError(value any) *PanicError {
	if value == nil {
		return &PanicError{}
	}
	return &PanicError{Value: value, Stack: debug.Stack()}
}

// Error says what load did, without the stack.
func (p *PanicError) Error() string {
	if p.Value == nil {
		return "cache: load called runtime.Goexit"
	}
	return fmt.Sprintf("cache: load panicked: %v", p.Value)
}

// Unwrap returns the value load panicked with if that is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// again does what load did.
func (p *PanicError) again() {
	if p.Value == nil {
		runtime.Goexit()
	}
	panic(p.Value)
}
