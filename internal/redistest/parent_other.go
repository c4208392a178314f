//go:build !linux

package redistest

import "syscall"

// dieWithParent is empty: no other system can tie a child to its parent.
func dieWithParent() *syscall.SysProcAttr { return nil }
