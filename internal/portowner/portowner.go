// Package portowner finds the process that has a TCP port.
package portowner

import "fmt"

// Process is a process of this machine.
type Process struct {
	PID  int
	Name string // may be empty
}

// String returns "shop (pid 123)".
func (p Process) String() string {
	if p.Name == "" {
		return fmt.Sprintf("the process %d", p.PID)
	}
	return fmt.Sprintf("%s (pid %d)", p.Name, p.PID)
}

// Find returns the process that listens on a TCP port of this machine, and reports
// whether it is known: on Linux only, and not that of another user unless the caller is
// root.
func Find(port int) (Process, bool) { return find(port) }
