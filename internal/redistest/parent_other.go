//go:build !linux

package redistest

import "syscall"

// dieWithParent does nothing: other systems cannot tie a child to its parent.
func dieWithParent() *syscall.SysProcAttr { return nil }
