//go:build !unix

package dev

import (
	"os"
	"syscall"
)

// handsOver reports whether a process inherits sockets here. If not, the old version
// ends before the new one starts.
const handsOver = false

const exeSuffix = ".exe"

func attributes() *syscall.SysProcAttr { return nil }

// terminate ends a process at once: there are no signals.
func terminate(p *os.Process) { _ = p.Kill() }

func killGroup(p *os.Process) { _ = p.Kill() }
