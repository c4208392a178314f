//go:build !unix

package dev

import (
	"net"
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

func duplicate(l *net.TCPListener) (*os.File, error) { return l.File() }
