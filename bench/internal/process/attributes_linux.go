package process

import "syscall"

// attributes put a child into its own process group, so that a Ctrl-C reaches only the
// harness, which stops its children in order. The kernel kills the child when the
// harness dies in another way.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
