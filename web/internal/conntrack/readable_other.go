//go:build !unix

package conntrack

import "syscall"

// readable reports whether a read or an accept would return at once. Where there
// is no way to ask, the answer is no.
func readable(syscall.Conn) bool { return false }
