package process

import "syscall"

// attributes put a child into a process group of its own, so that a Ctrl-C
// reaches only the harness, which then stops its children in order; and have
// the kernel kill the child should the harness die in another way.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
