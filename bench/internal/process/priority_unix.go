//go:build unix

package process

import "syscall"

// lowPriority gets a tenth of the time that an ordinary process gets while both want to
// run. With the least priority, 19, a process would wait for all others of a machine.
const lowPriority = 10

// Yield lowers the priority of the process.
func (p *Process) Yield() error {
	return syscall.Setpriority(syscall.PRIO_PROCESS, p.PID(), lowPriority)
}
