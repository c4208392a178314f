//go:build !unix

package process

import "errors"

// Pause returns an error, because this system cannot pause a process.
func (p *Process) Pause() error { return errors.ErrUnsupported }

// Resume does nothing.
func (p *Process) Resume() {}
