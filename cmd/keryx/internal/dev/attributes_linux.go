package dev

import "syscall"

// attributes put a process into a group of its own. It ends when `keryx dev` does,
// even if that is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
