//go:build !unix

package process

import "errors"

// Pause is an error: this system has no way to stop a process where it is.
func (p *Process) Pause() error { return errors.ErrUnsupported }

// Resume does nothing.
func (p *Process) Resume() {}
