//go:build unix

package process

import "syscall"

// Pause suspends the process until [Process.Resume]: it keeps its connections and
// answers nothing.
func (p *Process) Pause() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume resumes a paused process.
func (p *Process) Resume() { _ = p.cmd.Process.Signal(syscall.SIGCONT) }
