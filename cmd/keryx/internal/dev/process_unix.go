//go:build unix

package dev

import (
	"os"
	"syscall"
)

// handsOver reports whether a process inherits sockets here.
const handsOver = true

const exeSuffix = ""

// terminate asks a process to end.
func terminate(p *os.Process) { _ = p.Signal(syscall.SIGTERM) } // it may have ended

// killGroup ends all processes of a group.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) } // there may be none
