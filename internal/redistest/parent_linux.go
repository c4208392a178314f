package redistest

import "syscall"

// dieWithParent makes the kernel kill the child when this process ends in
// whatever way, a panic or a test timeout included.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
