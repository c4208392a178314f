//go:build !unix

package process

// Yield does nothing on this system.
func (p *Process) Yield() error { return nil }
