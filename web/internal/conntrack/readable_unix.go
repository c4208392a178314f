//go:build unix

package conntrack

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// readable reports whether a read or an accept would return at once. A
// deadline of package net cannot be used: one that has passed hides bytes that are
// there.
func readable(socket syscall.Conn) bool {
	raw, err := socket.SyscallConn()
	if err != nil {
		return false // it is closed
	}
	ready := false
	_ = raw.Control(func(fd uintptr) {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, 0)
		ready = n > 0 || err == unix.EINTR
	})
	return ready
}
