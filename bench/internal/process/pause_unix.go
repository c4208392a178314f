//go:build unix

package process

import "syscall"

// Pause stops the process where it is: it keeps its connections and answers
// nothing, until [Process.Resume].
func (p *Process) Pause() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (p *Process) Resume() { _ = p.cmd.Process.Signal(syscall.SIGCONT) }
